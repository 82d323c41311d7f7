"""From two profiles to a report: checks measured, judged, and every alert explained: since when, whose, with what."""
