"""Operations on the roles of organizations and of their teams."""
