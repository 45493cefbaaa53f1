"""Measurements beside the peers that a user would pick. Figures are printed, never asserted."""
