"""pieces: whole pieces by every backend over all sections, judged by their scorecards (`melody-engine eval pieces`).

tasks     what is written: the same arguments for every backend
run       writing, row by row, interrupted and resumed
verdict   means with intervals, by section; every backend against the rules, paired
page      one page with tables, piano rolls and tension curves
"""
