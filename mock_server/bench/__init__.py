"""Benchmarks, alone and against comparable servers. Figures are printed, never asserted."""
