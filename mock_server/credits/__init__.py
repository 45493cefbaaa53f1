"""Credits for text messages, phone calls and agents, of users and of teams."""
