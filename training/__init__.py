"""training: how experts come to be; the only torch."""
