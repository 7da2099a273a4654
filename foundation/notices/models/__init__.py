"""Models, one file per aggregate."""
