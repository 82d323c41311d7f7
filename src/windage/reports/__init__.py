"""Report output: JSON (the source of truth), sentences, Markdown, pictures, an HTML page, and the store for them."""
