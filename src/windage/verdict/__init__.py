"""From two profiles to a report: checks are measured and judged, and each alert gets its onset, users and pictures."""
