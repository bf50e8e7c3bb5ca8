"""Genres are data: what a style plays, decoded strictly from YAML into frozen values.

A figure says *where* notes may stand (a step grid), the players decide *which*: every figure is a grid of
thresholds, so tension and density let notes in one by one and the groove stays itself while it grows.
"""

from engines.genre.figures import ArpFigure, BassFigure, Ending, Fill, LeadFigure, PadFigure, Part, RollStage
from engines.genre.grid import NEVER, accents, thresholds
from engines.genre.load import GenreError, load_genre, load_genres
from engines.genre.model import Cadence, ChordLoop, Genre, Section, VoiceStyle, Weights

__all__ = [
    "NEVER",
    "ArpFigure",
    "BassFigure",
    "Cadence",
    "ChordLoop",
    "Ending",
    "Fill",
    "Genre",
    "GenreError",
    "LeadFigure",
    "PadFigure",
    "Part",
    "RollStage",
    "Section",
    "VoiceStyle",
    "Weights",
    "accents",
    "load_genre",
    "load_genres",
    "thresholds",
]
