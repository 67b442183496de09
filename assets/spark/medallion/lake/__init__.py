"""The bucket and the tables of the lake: what is read and written there, how, and under which names."""
