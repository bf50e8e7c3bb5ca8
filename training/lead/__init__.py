"""The lead's recipe: data, windows, training, report."""
