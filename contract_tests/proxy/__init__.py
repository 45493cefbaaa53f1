"""A proxy that changes nothing, and tells where requests and replies break the description."""
