"""Webhooks: subscriptions to events, payloads, and their delivery."""
