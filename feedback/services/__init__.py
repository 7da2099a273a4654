"""Verbs of feedback: tickets, their clocks, metrics, diagnosis and the backlog."""
