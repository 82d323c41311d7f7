"""What monitors saw, window by window: kept in SQL for pages, timelines and trials of other policies. Past windows are also
judged again here."""
