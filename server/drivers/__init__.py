"""Device libraries live here and nowhere else."""
