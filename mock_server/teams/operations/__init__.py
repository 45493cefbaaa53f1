"""Operations below `/v2/teams`."""
