"""Theory analysis: what key, chords, cadences, rhythm, melody and form a piece of music has, from its notes.

music       what is given: tracks of notes in ticks, maps of metre, tempo, markers
metre, sound, words    bars and beats · what sounds in each · the chords told apart
idiom, odds, harmony   what styles do, counted, as probabilities · the likeliest chords and keys together
numerals, cadence, loop    Roman numerals with secondary dominants and functions · where phrases rest · what goes round
scale, rhythm, melody, lead, form    the rest, each by itself
analyse, result        all of it in order · the JSON-able value
"""
