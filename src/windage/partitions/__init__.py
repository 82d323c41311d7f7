"""Data in: where the log lies, what is in it, and its profiles. No other folder reads rows."""
