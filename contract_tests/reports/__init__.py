"""What a run found, for people: a summary in the terminal, and a page with everything."""
