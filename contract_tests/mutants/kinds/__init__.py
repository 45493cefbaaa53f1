"""The kinds of mutants: faults of whole operations, and narrow faults as real servers have them."""

from contract_tests.mutants.kinds import (
    access,
    booking_faults,
    effect_faults,
    error_replies,
    faults_since_2026_03,
    faults_since_2026_09,
    http_faults,
    parameters,
    queries,
    replies,
    state,
    text_faults,
    transport,
    user_faults,
    webhook_faults,
)
from contract_tests.mutants.kinds.kind import KINDS, Kind

__all__ = [
    "KINDS",
    "Kind",
    "access",
    "booking_faults",
    "effect_faults",
    "error_replies",
    "faults_since_2026_03",
    "faults_since_2026_09",
    "http_faults",
    "parameters",
    "queries",
    "replies",
    "state",
    "text_faults",
    "transport",
    "user_faults",
    "webhook_faults",
]
