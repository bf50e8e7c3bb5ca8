"""The report card: held-out real music against what the line-up and the understudies play; no torch here.

result      what a judgement found, JSON-able: the one value that tables, JSON file and page are made from
names       every figure: stable name, definition, floor, goal
reference   any folder of MIDI files with chords, and which of its songs are held out
playing     the line-up and the understudies, driven bar by bar as the band drives them
lead, harmony, accompaniment, drums, int8    the figures of each
bands, statistics, copying                   what they share
card        all of it in order
"""
