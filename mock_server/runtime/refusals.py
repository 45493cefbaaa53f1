"""Which stage, rule and function refused a request: shown by the journal, so that a refusal can be traced."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

PACKAGE = __name__.partition(".")[0]
STATE = f"{PACKAGE}.state."

STAGES = {
    f"{PACKAGE}.runtime.routing": "routing",
    f"{PACKAGE}.runtime.request_body": "request body",
    f"{PACKAGE}.runtime.fault_injection": "fault",
    f"{PACKAGE}.runtime.transactions": "transaction",
    f"{PACKAGE}.runtime.rate_limits": "rate limit",
    f"{PACKAGE}.runtime.access": "access",
    f"{PACKAGE}.runtime.validation": "validation",
    f"{PACKAGE}.runtime.dispatch": "operation",
}
"""The names of the stages that refuse requests, by module, from the outermost to the innermost."""


class RefusedBy(NamedTuple):
    """The origin of a refusal. `rule` is the entry of `x-access`, if it was one.

    `function` is named without the package, such as ``bookings.slot_check.check_time``.
    """

    stage: str
    rule: str | None
    function: str


def refused_by(error: Exception, rule: str | None) -> RefusedBy:
    """The innermost stage that `error` passed through, and the function of ours that raised it."""
    stage, raised_in = "boundary", None
    for module, code in _frames(error):
        stage = STAGES.get(module, stage)
        if not module.startswith(STATE):
            raised_in = module, code
    function = "" if raised_in is None else _name_of(*raised_in)
    if stage == "rate limit" and not function.startswith("runtime."):
        stage = "credentials"  # The rate limit identifies the caller first.
    return RefusedBy(stage, rule if stage == "access" else None, function)


def _name_of(module: str, code: CodeType) -> str:
    return f"{module.partition('.')[2]}.{code.co_qualname.replace('<locals>.', '')}"


def _frames(error: Exception) -> Iterator[tuple[str, CodeType]]:
    """The modules and functions of this package that the error passed through, from the outermost to the innermost."""
    traceback = error.__traceback__
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "")
        if module.startswith(f"{PACKAGE}."):
            yield module, traceback.tb_frame.f_code
        traceback = traceback.tb_next
