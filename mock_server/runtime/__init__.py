"""The machine that turns the description and the operations into a server. It knows nothing of calendars."""
