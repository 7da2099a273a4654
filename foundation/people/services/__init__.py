"""Verbs on people, departments, posts, deputies and imports; each names who does it and when."""
