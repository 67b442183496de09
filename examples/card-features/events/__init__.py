"""Card authorisations for the example: the twenty sample events, and a seeded generator of realistic traffic."""
