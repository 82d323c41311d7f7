"""Summaries of a window's rows: small, mergeable, certified."""
