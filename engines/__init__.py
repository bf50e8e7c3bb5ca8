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
"""
