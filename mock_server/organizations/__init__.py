"""Organizations: profiles, settings, billing, and what guards their operations."""
