"""The harmony's recipe: data, windows, training, report."""
