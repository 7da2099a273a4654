"""Real processes, killed in the middle of real work, and what must be true afterwards."""
