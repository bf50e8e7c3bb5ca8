"""Benchmarks on published corpora: each learns from its own train split and prints baselines too; nothing ships."""
