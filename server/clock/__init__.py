"""Outside clocks: each only computes new timelines for the transport; the beat is computed, never counted.

pulses  when the pulses of a jittery clock were meant to come
slew    from the timeline in force to the one wanted, without a jump and without rushing
midi    MIDI clock, start, stop, continue, song position
link    Ableton Link (an optional extra)
"""
