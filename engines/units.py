"""Musical time is integer ticks; seconds appear only at the wire.

480 ticks a beat is the resolution common to sequencers; a step is the sixteenth note, the grid on
which experts write; every bar is 4/4.
"""

from typing import Final

TICKS_PER_BEAT: Final = 480
STEPS_PER_BEAT: Final = 4
BEATS_PER_BAR: Final = 4
TICKS_PER_STEP: Final = TICKS_PER_BEAT // STEPS_PER_BEAT
STEPS_PER_BAR: Final = STEPS_PER_BEAT * BEATS_PER_BAR
TICKS_PER_BAR: Final = TICKS_PER_BEAT * BEATS_PER_BAR

VOICES: Final = ("lead", "bass", "arp", "pad", "drums")
