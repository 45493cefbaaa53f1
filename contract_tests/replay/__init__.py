"""Recorded exchanges of the live service, and a server that replays them: no check may fail on them."""
