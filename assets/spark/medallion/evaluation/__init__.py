"""Features of entities at instants: events and queries as Arrow tables in, a column for each feature out."""
