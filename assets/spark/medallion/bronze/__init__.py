"""Bronze objects: their lines, and the event that a line holds or the reason why it holds none."""
