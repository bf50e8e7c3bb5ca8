"""theory knows keys, chords, Roman numerals, voicings, scales and tension; pure and cached."""
