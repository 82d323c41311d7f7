"""People: which rows they are asked to label, and what they said."""
