"""Limits on how often a user is booked: overall, and as a round robin host of a team."""
