"""studio: whole pieces offline. The one place in engines with files, a clock to measure by, and other programs.

engine, order     one call; its arguments, checked and completed (tonic: the key, where nobody told it)
cast, perform     who plays each chair, who takes over · the performance, bar after bar
master            what was written, from which all is made: midifile, sound, picture, scorecard, log
piece             a master with its ways out
config            `configs/production.yaml`
"""

from engines.studio.engine import MelodyEngine
from engines.studio.piece import Piece

__all__ = ["MelodyEngine", "Piece"]
