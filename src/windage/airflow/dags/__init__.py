"""One module for each DAG: the one that judges a monitor's windows, and those beside it."""
