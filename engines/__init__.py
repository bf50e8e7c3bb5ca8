"""engines decides *what* to play: pure and synchronous, no clock, no input or output but model files.

units, note, plan     the values: ticks, notes, bars, what a bar shall be
theory/               chords, keys, Roman numerals, voicings
control/              what the performer wishes: parameter tree, commands, the control and its desk
genre                 genres as data: sections, who plays when, chord loops, grids, figures
conductor, composer   control -> plan -> requests -> bars
expert                the one interface behind which every player stands
understudy/           the rule-based experts: always ready, total
codec/, neural/       grids for the learned experts, and the experts on onnxruntime
library               cards, verification, versions
studio/               whole pieces in one call, with files and a clock: nothing else here knows it
analysis/             what a piece of music is: keys, numerals, cadences, motifs, form
strict/               configuration files, read against structs
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engines.studio import MelodyEngine, Piece

__all__ = ["MelodyEngine", "Piece"]


def __getattr__(name: str) -> Any:
    """Bring the studio only where it is asked for: the live server does without it."""
    if name in __all__:
        from engines import studio

        return getattr(studio, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
