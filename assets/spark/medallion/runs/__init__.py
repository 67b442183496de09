"""The runs of the platform: a slot, a chunk of a backfill, a day of datasets, a replay."""
