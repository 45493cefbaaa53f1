"""Identity: users, API keys, OAuth clients, managed users, tokens."""
