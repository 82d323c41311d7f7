"""Judging a window, from its plan to its report: a monitor's, step by step, or two sets of files at once."""
