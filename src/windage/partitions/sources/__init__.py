"""Where the partitions of a log are found: one file for each format of its table."""
