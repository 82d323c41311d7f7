"""What a report says, in plain sentences: of each alert, of the whole report, of what was not judged."""
