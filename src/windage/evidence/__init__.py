"""Evidence from days: counts of each day, comparisons between days, and how surely the current days are not
ordinary."""
