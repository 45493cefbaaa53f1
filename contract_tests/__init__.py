"""Contract tests over HTTP, for a sandbox or a deployment: generated requests, stories and journeys."""
