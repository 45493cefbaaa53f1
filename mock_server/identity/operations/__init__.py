"""Operations on API keys, OAuth clients, managed users and their tokens, and the caller's own profile."""
