"""Events: pages on which people sign up for a fixed date. They are made in the web application, and read here."""
