"""One module for each page: its routes and its template's variables."""
