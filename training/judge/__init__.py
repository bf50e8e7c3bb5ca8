"""The report card: held-out real music against what the line-up and the understudies play; no torch here.

result      what a judgement found, JSON-able: the one value that tables, JSON file and page are made from
names       every figure: stable name, definition, floor, goal
reference   any folder of MIDI files with chords (songs), and which songs are held out (heldout)
blueprints  excerpts of real songs, with the chords and wishes under which everybody plays
playing     the composer, answered bar by bar; heard: what the line-up and the understudies played
lead, tension, accompaniment, harmony, choices, drums, quantised    the figures of each
statistics, copying    bands, tests, overlap; runs shared with the training songs
card        all of it in order
"""
