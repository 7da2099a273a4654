"""Who works here: users, departments, positions, dated assignments, deputies, rights and sign-in."""
