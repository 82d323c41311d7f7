"""What went wrong, told once for as long as it lasts: incidents from the verdicts of windows."""
