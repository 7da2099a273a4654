"""How people learn their role: procedures, role manuals and completion proved by use."""
