"""Workflows of organizations' teams and of users: messages about bookings and about answers to routing forms."""
