"""Faults of queries: parameters and headers that are ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from contract_tests.mutants.kinds.building import with_another_query
from contract_tests.mutants.kinds.kind import kind, lists
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.json_values import is_list

CURSOR = "cursor"
PAGES = ("take", "skip", "limit", "offset", CURSOR)
SKIPS = ("skip", "offset", CURSOR)
TAKES = ("take", "limit")


def _has_pages(operation: Operation) -> bool:
    return lists(operation) and bool(set(PAGES) & operation.query_types.keys())


def _has_filters(operation: Operation) -> bool:
    return bool(operation.query_types.keys() - set(PAGES)) and operation.success_status < 300


def _without_older_ones(description: Description) -> Iterable[str]:
    """Operations that only their own versions reach: no older operation answers the others."""
    there = Counter((each.method, each.path) for each in description)
    return [each.id for each in description if each.versions is not None and there[each.method, each.path] == 1]


async def _without(request: Request, broken: Broken, names: tuple[str, ...]) -> Reply:
    """The reply to the request without some parameters, where it differs."""
    return await with_another_query(request, broken, request.without_parameters(names))


@kind(_has_pages)
async def ignores_pagination(request: Request, broken: Broken) -> Reply:
    """Every page is the whole list."""
    return await _without(request, broken, PAGES)


@kind(_has_pages)
async def ignores_skip(request: Request, broken: Broken) -> Reply:
    """Every page is the first page."""
    return await _without(request, broken, SKIPS)


@kind(_has_pages)
async def page_one_too_long(request: Request, broken: Broken) -> Reply:
    """A page has one entry more than requested."""
    return await _shifted(request, broken, TAKES)


@kind(_has_pages)
async def page_starts_one_late(request: Request, broken: Broken) -> Reply:
    """A page begins one entry too late."""
    if CURSOR not in dict(request.parameters):
        return await _shifted(request, broken, SKIPS)
    reply = await broken.send(request)
    data = reply.data
    return broken.fire(reply.with_data(data[1:])) if reply.succeeded and is_list(data) and data else reply


async def _shifted(request: Request, broken: Broken, names: tuple[str, ...]) -> Reply:
    honest = await broken.send(request)
    if not honest.succeeded or not {name for name, _ in request.parameters} & set(names):
        return honest
    query = tuple((name, str(int(value) + 1) if name in names else value) for name, value in request.parameters)
    other = await broken.send(request.with_parameters(query).changed(body=b""))
    return honest if not other.succeeded or other.content == honest.content else broken.fire(other)


@kind(lambda operation: bool(operation.query_types) and operation.success_status < 300)
async def accepts_invalid_query(request: Request, broken: Broken) -> Reply:
    """Invalid query values are ignored."""
    honest = await broken.send(request)
    if honest.status != 400 or not request.parameters:
        return honest
    names = tuple(name for name, _ in request.parameters)
    for left_out in (*((name,) for name in names), names):
        other = await broken.send(request.without_parameters(left_out))
        if other.succeeded:
            return broken.fire(other)
    return honest


@kind(_has_filters)
async def ignores_filters(request: Request, broken: Broken) -> Reply:
    """The filters of a list are ignored."""
    names = tuple(broken.operation.query_types.keys() - set(PAGES))
    return await _without(request, broken, names)


@kind(targets=_without_older_ones)
async def needs_no_version(request: Request, broken: Broken) -> Reply:
    """An operation works without its version header."""
    if "cal-api-version" in request.headers:
        return await broken.send(request)
    return await _with_version(request, broken)


@kind(targets=_without_older_ones)
async def accepts_any_version(request: Request, broken: Broken) -> Reply:
    """An operation works with every value of the version header."""
    if "cal-api-version" not in request.headers:
        return await broken.send(request)
    return await _with_version(request, broken)


async def _with_version(request: Request, broken: Broken) -> Reply:
    honest = await broken.send(request)
    if honest.status != 404:
        return honest
    versions = broken.operation.versions or frozenset({""})
    other = await broken.send(request.with_headers({"cal-api-version": max(versions)}))
    return honest if other.status == 404 else broken.fire(other)
