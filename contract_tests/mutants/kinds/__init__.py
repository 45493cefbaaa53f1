"""The kinds of mutants: each module holds a family of ways to break an operation."""

from contract_tests.mutants.kinds import access, queries, refusals, replies, state, transport
from contract_tests.mutants.kinds.kind import KINDS, Kind

__all__ = ["KINDS", "Kind", "access", "queries", "refusals", "replies", "state", "transport"]
