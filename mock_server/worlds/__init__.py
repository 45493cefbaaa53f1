"""Start worlds as YAML, and their loader."""
