"""What people need: requirements, confirmations bound to their text, trace links and imports."""
