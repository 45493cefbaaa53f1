"""A transparent proxy that reports where requests and replies break the description."""
