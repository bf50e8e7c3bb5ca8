"""configs: the YAML a user may want to turn; data, no code."""
