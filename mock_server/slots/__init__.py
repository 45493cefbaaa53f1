"""Available slots of event types, and slot reservations."""
