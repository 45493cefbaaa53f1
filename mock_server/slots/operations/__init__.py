"""Operations on slots."""
