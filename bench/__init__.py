"""Timings as ratios measured in one run; never in tests."""
