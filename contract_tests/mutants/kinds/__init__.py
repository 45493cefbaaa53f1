"""The kinds of mutants: modules of ways to break any operation, and of single things that real servers do wrong."""

from contract_tests.mutants.kinds import (
    access,
    booking_faults,
    effect_faults,
    http_faults,
    parameters,
    people_faults,
    queries,
    refusals,
    replies,
    state,
    text_faults,
    transport,
    webhook_faults,
)
from contract_tests.mutants.kinds.kind import KINDS, Kind

__all__ = [
    "KINDS", "Kind", "access", "booking_faults", "effect_faults", "http_faults", "parameters", "people_faults",
    "queries", "refusals", "replies", "state", "text_faults", "transport", "webhook_faults",
]  # fmt: skip
