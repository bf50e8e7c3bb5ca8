"""The drums' recipe: data, windows, training, report."""
