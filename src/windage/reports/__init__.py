"""Words out: one report as JSON (the truth), sentences, Markdown, pictures and a page, and the place that keeps them."""
