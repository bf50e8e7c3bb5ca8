"""From files of music to one canonical form."""
