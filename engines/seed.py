"""Seeds: one number for every decision, derived from the performer's seed and where in the music it falls."""

import hashlib


def mix(*parts: int | str) -> int:
    """Return a 63-bit seed that depends on every part and on nothing else (same on every machine)."""
    text = "\x1f".join(str(part) for part in parts).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1
