"""Pages of feedback, one file per noun."""
