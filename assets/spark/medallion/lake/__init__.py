"""The bucket and the tables of the lake: everything that is read from it and written to it."""
