"""Operations under `/v2/teams`."""
