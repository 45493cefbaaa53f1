"""The control plane under /_sandbox."""
