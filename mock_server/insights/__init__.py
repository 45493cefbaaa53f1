"""Figures about bookings and routing forms, as on the Insights pages of the web application."""
