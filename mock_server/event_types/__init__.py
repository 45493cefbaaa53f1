"""Event types of users and teams, with their hosts."""
