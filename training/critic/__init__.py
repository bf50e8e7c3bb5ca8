"""The critic: real windows of melody and chords against four kinds of fakes."""
