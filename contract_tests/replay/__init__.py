"""Recorded exchanges of the real service, and a server that replays them: the suite must find nothing wrong there."""
