"""Models of this app, one file per aggregate."""
