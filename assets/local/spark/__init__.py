"""Runs the platform's Spark jobs on this machine: the same scripts and settings, less what only a cluster can do."""
