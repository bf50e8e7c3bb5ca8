"""Measures of symbolic music on the grid of 16 steps a bar: pure functions, each metric defined once.

line        the values measured: a melody, a roll of any voices, chords by step
pitch       entropies, scale consistency, steps and leaps
rhythm      groove similarity, onset F1, density, rests
harmony     chord-tone shares, CTnCTR, PCS, tonal centroid distance
accompaniment   consonance and support of a melody, movement of held voices
spread      how two sets of values lie to each other: overlapping area, Jensen-Shannon
structure   self-similarity by bar lag, chord progression irregularity, Vendi
tension     the tension that is heard, bar by bar
rank        Spearman's correlation
melody      all features of a melody in one dict
"""
