"""What outlives a run, in SQL: one schema, its migrations, one ``Database``."""
