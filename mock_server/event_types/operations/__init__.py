"""Operations on event types."""
