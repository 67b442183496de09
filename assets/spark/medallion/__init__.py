"""Point-in-time-correct windowed features: a spec, an exact kernel, and what Spark does with them."""
