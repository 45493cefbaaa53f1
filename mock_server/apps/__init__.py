"""Apps: conferencing and payments."""
