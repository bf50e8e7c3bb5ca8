"""Between notes and the grids that learned experts read and write."""
