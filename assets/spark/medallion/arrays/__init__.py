"""Windows over arrays: exact counts, sums, variances, extremes and distinct counts; numpy alone."""
