"""Workflows of organizations' teams: messages that events of bookings and answers to routing forms cause."""
