"""Surfaces: where commands come from."""
