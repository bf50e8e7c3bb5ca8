"""What the drum corpora call styles and drums, as the codec knows them: styles by name, percussion keys."""

GROOVE_STYLES = {
    "dance": "four", "rock": "rock", "punk": "rock", "pop": "soul", "funk": "funk", "hiphop": "hiphop", "soul": "soul",
    "gospel": "soul", "latin": "latin", "afrocuban": "latin", "afrobeat": "latin", "reggae": "latin", "jazz": "jazz",
    "blues": "jazz", "country": "rock", "neworleans": "funk", "highlife": "latin", "middleeastern": "latin",
}  # fmt: skip
PATTERN_STYLES = {
    "disco": "four", "rock": "rock", "twist": "rock", "boogie": "rock", "funk": "funk", "pop": "soul", "ballad": "soul",
    "slow": "soul", "r-n-b": "soul", "rhythm": "soul", "reggae": "latin", "ska": "latin", "afro": "latin",
    "bossa": "latin", "samba": "latin", "cha": "latin", "march": "unknown", "ending": "unknown",
}  # fmt: skip
HYDROGEN_KEYS = {
    "Kick": 36, "Snare": 38, "Hi-hat Closed": 42, "Hi-hat Pedal": 42, "Hi-hat Semi-Open": 46, "Hi-hat Open": 46,
    "Tom Low": 47, "Tom Floor": 45, "Tom Mid": 50, "Ride Bow": 51, "Ride Bell": 51, "Crash": 49, "Snare Rimshot": 37,
    "Hand Clap": 39,
}  # fmt: skip
MACHINE_KEYS = {"BD": 36, "SD": 38, "CH": 42, "OH": 46, "LT": 45, "MT": 47, "HT": 50, "CY": 49, "RS": 37}
