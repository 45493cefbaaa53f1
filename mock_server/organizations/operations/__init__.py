"""Operations under `/v2/organizations`, one module per group."""
