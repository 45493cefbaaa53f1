"""Operations on verified resources."""
