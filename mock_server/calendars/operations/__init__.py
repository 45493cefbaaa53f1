"""Operations on calendars, one module per group of the description."""
