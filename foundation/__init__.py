"""The ground: people, usage, notices, jobs, search, interface and a few pure modules. Knows no app."""
