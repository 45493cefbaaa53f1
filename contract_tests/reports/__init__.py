"""Reports of a run: a summary in the terminal, an HTML page, and files for other tools."""
