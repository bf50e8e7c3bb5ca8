"""The touch's recipe: performances and what they leave of the grid, how that wanders, report."""
