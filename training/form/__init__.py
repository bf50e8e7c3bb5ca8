"""The form's recipe: data, windows, training, report."""
