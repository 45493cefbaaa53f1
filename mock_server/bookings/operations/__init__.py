"""Operations on bookings, and the lists of bookings of organizations, teams and people."""
