"""Work in the background: one row per job with lease, progress, result and retry."""
