"""Chords, keys, Roman numerals and voicings."""
