"""Operations on apps, one module per group of the description."""
