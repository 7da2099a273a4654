"""Verbs of training: writing and publishing procedures, assigning and completing them."""
