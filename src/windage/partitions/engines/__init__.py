"""Where partitions are profiled: one file for each engine, found through the entry points ``windage.engines``."""
