"""The steps of the medallion as functions of DataFrames: silver, gold, online records, datasets."""
