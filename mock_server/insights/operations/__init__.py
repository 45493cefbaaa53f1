"""Operations of insights: about bookings, and about the answers to routing forms."""
