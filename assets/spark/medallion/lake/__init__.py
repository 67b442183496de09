"""The bucket and the tables of the lake: what is written there, how, and under which names."""
