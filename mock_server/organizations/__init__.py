"""Organizations: profiles, settings, billing, attributes, out-of-office entries, and access rules."""
