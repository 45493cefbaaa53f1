"""Applies the access rules of an operation, in the order in which its `x-access` lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, wraps
from typing import Any, Protocol

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.access_rule import AccessRule
from mock_server.runtime.bundle import DescriptionError
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.errors import ApiError, Forbidden, NotNumeric, TokenExpired, Unauthorized
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.hints import refused_by_rule
from mock_server.runtime.json_values import is_list
from mock_server.runtime.suggestions import did_you_mean
from mock_server.state.errors import RowError
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend

COST_OF_TRIAL = 50
"""The cost of applying an operation's rules to other credentials, in units of work."""

Check = Callable[[Call, Any], object]
"""Returns if access is granted, else raises the refusal. The argument is the rule's in `x-access`, or None."""


class ArgumentRule(msgspec.Struct, frozen=True):
    """A rule that takes an argument in `x-access`: one of `choices`, or with `several` a list of some of them.

    With `implied_by`, an operation that lists that rule, but neither this one nor one of `replaced_by`, gets this one
    right after it, with an empty list. With `excuses_from`, the check refuses nothing: where its result is true, the
    rule of that name, which has to follow, is not applied.
    """

    check: Check
    choices: tuple[str, ...]
    several: bool = False
    implied_by: str | None = None
    replaced_by: tuple[str, ...] = ()
    excuses_from: str | None = None

    def accepts(self, argument: Any) -> bool:
        """Whether `argument` is valid for this rule."""
        if not self.several:
            return argument in self.choices
        return is_list(argument) and bool(argument) and all(choice in self.choices for choice in argument)


Rule = Check | ArgumentRule
"""A rule that takes no argument is a plain function."""


class BoundRule(msgspec.Struct, frozen=True):
    """A rule of an operation with its function."""

    entry: AccessRule
    check: Check


BoundRules = Mapping[str, tuple[BoundRule, ...]]
"""The rules of each operation, by operationId."""


class Credential(msgspec.Struct, frozen=True):
    """Credentials that exist in a world, for hints: how to name them, the caller, and the headers that stand for them.

    The headers need not be valid, since the world may store only a hash.
    """

    name: str
    caller: Caller
    headers: Mapping[str, str]


class CredentialHints(Protocol):
    """Hints about credentials. `authentication` are the rules that authenticate, and so do not apply to `existing`."""

    authentication: frozenset[str]

    def about_rejected(self, call: Call) -> str:
        """About credentials that do not authenticate."""
        ...

    def existing(self, tx: Transaction) -> Iterable[Credential]:
        """Credentials of a world, at most a few dozen."""
        ...


def reason(call: Call, text: str, *, formerly: str = "Forbidden resource") -> Forbidden:
    """A guard's refusal: `text` in editions where guards give their name and reason, `formerly` in older ones."""
    return Forbidden(text if call.has("guards-name-themselves") else formerly)


def named(guard: str, check: Check, *, but: tuple[type[ApiError], ...] = ()) -> Check:
    """The same check, with the guard's name in front of its refusals in editions where guards give their name.

    Refusals that already name it, those of a class in `but`, and those of malformed paths are left unchanged.
    """
    unnamed = (*but, NotNumeric)

    @wraps(check)
    def checked(call: Call, argument: Any) -> None:
        try:
            check(call, argument)
        except ApiError as refusal:
            is_named = refusal.message.startswith(guard) or isinstance(refusal, unnamed)
            if call.has("guards-name-themselves") and not is_named:
                refusal.message = f"{guard} - {refusal.message}"
            raise

    return checked


class Access:
    """Applies `rules` to each request. `credentials` are for hints about refusals."""

    def __init__(self, app: ASGIApp, *, rules: BoundRules, credentials: CredentialHints) -> None:
        self.app = app
        self._rules = rules
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        call = exchange.call
        assert call is not None and exchange.operation is not None
        rules = self._rules[exchange.operation.id]
        for rule in rules:
            try:
                rule.check(call, rule.entry.argument)
            except Exception as error:
                exchange.refusing_rule = str(rule.entry)
                if isinstance(error, Forbidden | Unauthorized | TokenExpired | RowError):
                    exchange.refusal_hint = partial(self._hint, exchange, call, rules, rule.entry)
                raise
        await self.app(scope, receive, send)

    def _hint(self, exchange: Exchange, call: Call, rules: tuple[BoundRule, ...], refusing: AccessRule) -> str:
        """The rule that refused, and the credentials that would pass."""
        if refusing.name in self._credentials.authentication:
            return self._credentials.about_rejected(call)
        tx, passing = exchange.world.begin(), list[str]()
        for credential in self._credentials.existing(tx):
            spend(COST_OF_TRIAL)
            trial = Call(tx, exchange.path_values, credential.headers, exchange.base_url)
            trial.caller = credential.caller
            if _passes(trial, rules, self._credentials.authentication):
                passing.append(credential.name)
        return refused_by_rule(str(refusing), passing)


def _passes(call: Call, rules: Iterable[BoundRule], without: frozenset[str]) -> bool:
    try:
        for rule in rules:
            if rule.entry.name not in without:
                rule.check(call, rule.entry.argument)
    except (ApiError, RowError):
        return False
    return True


def bind_rules(description: Description, rules: Mapping[str, Rule]) -> BoundRules:
    """Looks up the rules of all operations. Raises DescriptionError for unknown rules and wrong arguments."""
    implied = {
        rule.implied_by: (name, rule)
        for name, rule in rules.items()
        if isinstance(rule, ArgumentRule) and rule.implied_by is not None
    }
    return {operation.id: tuple(_bound(operation, rules, implied)) for operation in description}


def _bound(
    operation: Operation, rules: Mapping[str, Rule], implied: Mapping[str, tuple[str, ArgumentRule]]
) -> Iterator[BoundRule]:
    """The rules of an operation. `implied` has the rules that others imply, with their names, by the implying name."""
    names = {entry.name for entry in operation.access}
    excuses: dict[str, tuple[Check, AccessRule]] = {}
    for entry in operation.access:
        check, rule = _check_of(operation, entry, rules), rules[entry.name]
        if isinstance(rule, ArgumentRule) and rule.excuses_from is not None:
            excuses[rule.excuses_from] = check, entry
            continue
        if entry.name in excuses:
            excuse, excusing = excuses.pop(entry.name)
            check = _unless(excuse, excusing.argument, check)
        yield BoundRule(entry, check)
        if entry.name in implied:
            name, implied_rule = implied[entry.name]
            if names.isdisjoint({name, *implied_rule.replaced_by}):
                yield BoundRule(AccessRule(name, []), implied_rule.check)
    for name, (_, excusing) in excuses.items():
        raise DescriptionError(
            f"{operation.place}: the rule {excusing.name} of x-access has to be followed by the rule {name}, which it "
            "replaces where it grants access."
        )


def _unless(excuse: Check, excusing_argument: Any, check: Check) -> Check:
    """The check, applied only where the result of `excuse` is false."""

    def checked(call: Call, argument: Any) -> None:
        if not excuse(call, excusing_argument):
            check(call, argument)

    return checked


def _check_of(operation: Operation, entry: AccessRule, rules: Mapping[str, Rule]) -> Check:
    if entry.name not in rules:
        raise DescriptionError(
            f"{operation.place}: x-access has the unknown rule {entry.name}{did_you_mean(entry.name, rules) or '.'} "
            f"The rules are: {', '.join(sorted(rules))}."
        )
    rule = rules[entry.name]
    if not isinstance(rule, ArgumentRule):
        if entry.argument is not None:
            raise DescriptionError(
                f"{operation.place}: the rule {entry.name} of x-access takes no argument, but has {entry.argument!r}."
            )
        return rule
    if not rule.accepts(entry.argument):
        kind = "a list of some of" if rule.several else "one of"
        raise DescriptionError(
            f"{operation.place}: the rule {entry.name} of x-access has the argument {entry.argument!r}; "
            f"it takes {kind}: {', '.join(rule.choices)}."
        )
    return rule.check
