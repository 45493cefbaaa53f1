"""Operations on routing forms and their responses."""
