from hypothesis import strategies as st

from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.quality import QUALITIES

pitch_classes = st.integers(0, 11)
keys = st.builds(Key, pitch_classes, st.sampled_from(sorted(MODES)))
qualities = st.sampled_from(sorted(QUALITIES))
chords = st.builds(Chord, pitch_classes, qualities, pitch_classes)
root_chords = st.builds(lambda root, quality: Chord(root, quality, root), pitch_classes, qualities)
