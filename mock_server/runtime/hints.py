"""Hints: advice for the author of a request, sent in the header `Sandbox-Hint` beside the live service's own reply.

Hints are worded here, in the modules `hints` of the areas and, those about other editions, in `elsewhere`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from mock_server.state.work import Budget, LoopLimitReached, WorkError, within

_logger = logging.getLogger(__name__)

Hint = str | Callable[[], str | None]
"""A text, or a function that is called only where the reply is a refusal, and may return None."""

HEADER = b"sandbox-hint"
MAX_LENGTH = 600
"""The length of the longest hint, in characters."""
WORK_LIMIT = 5_000
"""The units of work that one hint may cost: see state/work.py."""


def text_of(hint: Hint | None) -> str | None:
    """The text of a hint in one line of ASCII; None if there is none, or if finding it out would take too long."""
    if hint is None:
        return None
    text = hint if isinstance(hint, str) else _computed(hint)
    return None if text is None else one_line(text)


def together(*texts: str | None) -> str | None:
    """Several hints as one, without those that are None."""
    return " ".join(filter(None, texts)) or None


def one_line(text: str) -> str:
    """The text in a form that fits into a header: one line of ASCII, at most MAX_LENGTH characters."""
    line = " ".join(text[: 2 * MAX_LENGTH].split()).encode("ascii", "replace").decode()
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= MAX_LENGTH else f"{line[: MAX_LENGTH - 3]}..."


def _computed(hint: Callable[[], str | None]) -> str | None:
    try:
        with within(Budget(WORK_LIMIT, LoopLimitReached)):
            return hint()
    except WorkError:
        return None
    except Exception:
        # A refusal is still right when the hint about it fails.
        _logger.exception("A hint could not be computed; this is a defect of the sandbox")
        return None


def listed(names: Iterable[str], *, at_most: int = 5, conjunction: str = "and") -> str:
    """The names as a list in a sentence: ``a, b and c``. Those beyond `at_most` are counted."""
    shown = list(names)
    if len(shown) > at_most:
        shown = [*shown[:at_most], f"{len(shown) - at_most} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {conjunction} {shown[-1]}"


UNKNOWN_WORLD = "POST /_sandbox/worlds creates a world."
NEXT_CURSOR = "Send the `nextCursor` of the page before."
OUT_OF_STORAGE = "Make room on the disk that holds the log. Writes then work again without a restart; reads work now."


def store_failed(trouble: str) -> str:
    """For a request that needs a store that cannot be used; `trouble` says why."""
    return f"{trouble} Requests are answered again, without a restart, as soon as the store (--store) can be used."


def other_methods(path: str, methods: Sequence[str]) -> str:
    """For a path that exists, but not with the method of the request."""
    return f"{path} takes {listed(methods, conjunction='or')}."


def similar_paths(paths: Sequence[str]) -> str:
    """For an unknown path that resembles known ones."""
    return f"There is no such path. Similar ones: {listed(paths)}. All are listed at /docs."


NO_SIMILAR_PATH = "There is no such path, nor a similar one. All are listed at /docs; they begin with /v2/."


def version_needed(header: str, versions: Sequence[str], *, is_sent: bool) -> str:
    """For a path that does not have the version of the request."""
    sent = "another was sent" if is_sent else "none was sent"
    return f"This path needs the header {header}: {' or '.join(versions)}; {sent}."


def version_unknown(header: str, default: str, versions: Sequence[str]) -> str:
    """For a version that no path has, so that the request was read as one of the default version."""
    return f"The value of {header} is unknown, so {default} was used. This path has {listed(versions)}."


def version_defaulted(header: str, default: str, versions: Sequence[str]) -> str:
    """For a refused request without a version. `versions` are those that would select another operation."""
    return f"No {header} was sent, so this is version {default} of the path. It has {listed(versions)}, too."


def body_ignored(content_type: str) -> str:
    """For a body whose media type is not read."""
    sent = f"its Content-Type is {content_type.partition(';')[0].strip()}" if content_type else "it has no Content-Type"
    return f"The body was ignored because {sent}. Send JSON with Content-Type: application/json."


def misspelt_fields(pairs: Sequence[tuple[str, str]]) -> str:
    """For fields that do not exist, each with the known one that it resembles."""
    return " ".join(f"{sent} is not a field and was ignored; did you mean {known}?" for sent, known in pairs)


def refused_by_rule(rule: str, passing: Sequence[str]) -> str:
    """For a refusal by a rule of `x-access`. `passing` are the credentials that pass all rules of the operation."""
    refused = f"Refused by the rule {rule} of x-access."
    if not passing:
        return f"{refused} No API key or OAuth client of this world passes it with this path."
    return f"{refused} These pass: {listed(passing, at_most=3)}."


def fault_injected(fault_id: str) -> str:
    """For a reply that a fault replaced."""
    return f"A fault was injected on purpose: GET /_sandbox/faults/{fault_id} shows it, DELETE removes it."


RATE_LIMITED = (
    "The sandbox was started with --rate-limit on. It counts by the world's clock: POST /_sandbox/clock/advance with "
    '{"minutes": 1} moves on to the next minute.'
)
