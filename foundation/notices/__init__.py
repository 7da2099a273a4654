"""What people are told: the inbox, e-mail, digests and the working calendar."""
