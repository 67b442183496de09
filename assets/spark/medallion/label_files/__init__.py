"""Label files: their rows, whatever the format, and the label that a row holds or the reason why it holds none."""
