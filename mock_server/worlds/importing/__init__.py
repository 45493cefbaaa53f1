"""Makes a world file of what an API key can read from a deployment."""
