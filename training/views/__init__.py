"""Pages of training, one file per noun."""
