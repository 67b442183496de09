"""What is computed of which events: the spec document, as values."""
