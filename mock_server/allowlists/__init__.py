"""The IPv4 ranges that Cal.com sends from and receives on, as far as the world publishes them."""
