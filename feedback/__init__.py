"""What people say and do afterwards: tickets, liaisons, adoption metrics and the iteration backlog."""
