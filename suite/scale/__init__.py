"""A customer base of any size, fictional and always the same: for measuring, never for looking at."""

SEED = 20261122
MARK = "seed.loader"  # the person in whose name every seeded row was made
