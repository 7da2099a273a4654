"""Finding things: one table of overlapping bigrams for every kind of row."""
