"""The recipe of the accompaniment: data, windows, training, report."""
