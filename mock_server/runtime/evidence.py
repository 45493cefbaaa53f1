"""The grade of evidence for an operation's behaviour, declared by its `x-evidence`."""

from __future__ import annotations

from typing import Any

EVIDENCE = {
    "recorded": "its replies were compared with recorded exchanges of the real service",
    "source": "its rules were read in the source of the service; no exchange was recorded",
    "published": "only the shape of its requests and replies was published; how it behaves is a guess",
}
"""The grades of evidence, best first, with their meanings."""


def check_evidence(grade: Any) -> None:
    """Raises ValueError for an unknown grade."""
    if grade not in EVIDENCE:
        raise ValueError(f"the x-evidence {grade!r} is none of {', '.join(EVIDENCE)}")


def add_evidence(operation: dict[str, Any]) -> None:
    """Appends the evidence to an operation's description, for the docs page."""
    grade: str = operation["x-evidence"]
    text = f"{operation.get('description', '').rstrip()}\n\n**Evidence: {grade}**: {EVIDENCE[grade]}."
    operation["description"] = text.lstrip()
