"""The corpus: any music -> one canonical form (`piece`), prepared once, read by every recipe.

from training.corpus import read, tune_of
"""

from training.corpus.store import read
from training.corpus.tunes import tune_of, tunes_of

__all__ = ["read", "tune_of", "tunes_of"]
