"""A world's state as an immutable value: entities, collections, transactions, commit logs and the clock."""
