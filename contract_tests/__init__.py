"""What speaks HTTP with a sandbox or a deployment: checks against the description, and journeys."""
