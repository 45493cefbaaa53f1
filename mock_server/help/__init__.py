"""The documentation site, as the sandbox serves it."""
