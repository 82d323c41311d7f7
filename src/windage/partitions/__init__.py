"""Data in: finding the log's partitions, reading and profiling them. No other folder reads rows."""
