"""Documents with versions and sign-off, knowledge and the documentation site."""
