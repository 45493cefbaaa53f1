"""The OpenAPI description holds together: valid, complete, and true to its own schemas."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contract_tests.catalogue import REMOVING_POSTS
from mock_server import areas
from mock_server.runtime.bundle import HTTP_METHODS, REGISTERS, description_folder, load_bundle
from mock_server.runtime.bundle import validate as validate_with_prance
from mock_server.runtime.changes import edition_of_process
from mock_server.runtime.description import Description
from mock_server.runtime.editions import DEFAULT_EDITION, EDITION_VARIABLE, EDITIONS, chosen_edition
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.schemas import Components
from mock_server.runtime.versions import VERSION_HEADER, url_path

LONGEST_FILE = 600
SNAKE_CASE = re.compile(r"[a-z]+(_[a-z0-9]+)*")
EXPRESSION = re.compile(
    r"\$(url|method|statusCode|request\.(path|query|header|body)[.#].+|response\.(body|header)[.#].+)"
)

UNLINKED = {
    ("create_oauth_client", "refresh_tokens"): "takes a token that create_managed_user hands out, and links from there",
    **{
        ("create_event_type_workflow", f"{verb}_routing_form_workflow"): "takes the id of a workflow of the other kind"
        for verb in ("get", "update", "delete")
    },
    **{
        (maker, f"{verb}_team_booking_limits"): "needs a team in which the caller takes turns as a round robin host"
        for maker in ("create_team", "create_organization_team")
        for verb in ("update", "delete")
    },
    ("create_oauth_client", "get_oauth2_client"): "takes the id of a third-party client, which is of another kind",
}
"""Operations that take the id of a created item although its creator has no link to them, and why."""

Node = dict[str, Any]


@cache
def bundle() -> Node:
    """The description as one document."""
    return load_bundle()


def deref(node: Node) -> Node:
    """Follows a reference to a component."""
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = bundle()["components"][kind][name]
    return node


@cache
def operations_by_id() -> dict[str, Node]:
    """All operations by their ids."""
    return {operation["operationId"]: operation for _, operation in operations()}


def operations() -> Iterator[tuple[str, Node]]:
    """All operations with their method and path."""
    for path, item in bundle()["paths"].items():
        for method in HTTP_METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


SOUNDS_SECRET = re.compile(r"(?i)secret|password|private_?key|token$|apikey$|accountkey$")


def properties(node: Any) -> Iterator[tuple[str, Node]]:
    """All properties of all schemas with their names."""
    if is_object(node):
        found = node.get("properties")
        yield from found.items() if is_object(found) else ()
        node = list(node.values())
    for each in node if is_list(node) else ():
        yield from properties(each)


def test_what_sounds_secret_is_marked_as_secret() -> None:
    """So that it is masked wherever it would be written down. Flags, enumerations and objects are no secrets."""
    unmarked: set[str] = set()
    for name, schema in properties([bundle()["paths"], bundle()["components"]["schemas"]]):
        parts = [deref(part) for part in schema.get("allOf", [schema])]
        is_text = any(part.get("type") == "string" and "enum" not in part for part in parts)
        if SOUNDS_SECRET.search(name) and is_text and not any(part.get("x-secret") for part in parts):
            unmarked.add(name)
    assert unmarked == set()


OPERATIONS = [pytest.param(operation, id=label) for label, operation in operations()]
FILES = sorted(description_folder().rglob("*.yaml"))


def replies(operation: Node) -> Iterator[tuple[str, Node]]:
    """Statuses with their responses."""
    for status, response in operation["responses"].items():
        yield status, deref(response)


def contents(operation: Node) -> Iterator[tuple[str, Node]]:
    """Everything that has a schema and an example: the body and the replies."""
    if "requestBody" in operation:
        for media in deref(operation["requestBody"])["content"].values():
            yield "body", media
    for status, response in replies(operation):
        for media in response.get("content", {}).values():
            yield status, media


def examples(media: Node) -> list[Any]:
    """The values of a content's examples."""
    if "example" in media:
        return [media["example"]]
    return [deref(each)["value"] for each in media.get("examples", {}).values()]


@cache
def components() -> Components:
    """The named schemas, ready for compiling others that refer to them."""
    return Components(bundle()["components"]["schemas"])


_VALIDATORS: dict[tuple[int, bool], Any] = {}
"""By the identity of a schema of the bundle, which stays, and whether it is closed: most responses are shared."""


def complaints(schema: Node, value: Any, *, closed: bool = False) -> list[str]:
    """What about `value` does not fit `schema`; `closed` forbids properties that it does not declare."""
    key = (id(schema), closed)
    if key not in _VALIDATORS:
        _VALIDATORS[key] = components().compile(schema, closed=closed)
    errors = _VALIDATORS[key].iter_errors(value)
    return [f"at /{'/'.join(map(str, each.instance_path))}: {each.message}" for each in errors]


@pytest.mark.slow("prance takes seconds to resolve all references")
def test_the_newest_edition_resolves_for_prance() -> None:
    """References resolve; the resolved document is OpenAPI 3.0. Making a bundle validates it, in every edition."""
    validate_with_prance(load_bundle(edition=EDITIONS[-1]), resolve=True)


def test_operation_ids_are_unique() -> None:
    """The Python function and the fuzzer's cases go by them."""
    counted = Counter(operation["operationId"] for _, operation in operations())
    assert {name: number for name, number in counted.items() if number > 1} == {}


def test_summaries_are_unique() -> None:
    """They are the headings of the docs page."""
    counted = Counter(operation["summary"] for _, operation in operations())
    assert {summary: number for summary, number in counted.items() if number > 1} == {}


def test_the_readme_counts_the_operations_of_the_default_edition() -> None:
    """Nowhere else the number is written down, so that none is lost and each new one is meant."""
    counted = re.search(r"(\d+) operations", (description_folder().parent / "README.md").read_text(encoding="utf-8"))
    number = sum(map(len, load_bundle(edition=DEFAULT_EDITION)["paths"].values()))
    assert counted is not None and int(counted[1]) == number, f"README.md has to say: {number} operations"


@pytest.mark.parametrize("edition", [each for each in EDITIONS if each != chosen_edition()])
def test_every_other_edition_holds_together(edition: str) -> None:
    """The tests of this module, but for those that name an edition, on the description of another one."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not edition", __file__],
        cwd=description_folder().parent,
        env={**os.environ, EDITION_VARIABLE: edition},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_says_what_it_is(operation: Node) -> None:
    """A plain name, words for people, one group, known access rules."""
    assert SNAKE_CASE.fullmatch(operation["operationId"])
    assert operation["summary"].strip() and operation["description"].strip()
    assert len(operation["summary"]) <= 80
    assert len(operation["tags"]) == 1
    assert operation["tags"][0] in {each["name"] for each in bundle()["tags"]}
    rules = [rule if isinstance(rule, str) else next(iter(rule)) for rule in operation["x-access"]]
    assert set(rules) <= set(areas.access_rules())


ASKING = {
    "isDefault": "caller",
    "destinationCalendar": "destination-calendar",
    "useDestinationCalendarEmail": "destination-calendar",
    "subscriberUrl": "reaches-people",
    "guests": "reaches-people",
    "numberToCall": "reaches-people",
    "instant": "irreversible",
}
"""Fields of bodies, and the effect that an operation has because it takes them."""

OF_A_USER_OF_THE_PATH = frozenset({"create_organization_user_schedule", "update_organization_user_schedule"})
"""They change the default of the user whom the path names, not the caller's."""


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_body_that_asks_for_an_effect_is_declared(operation: Node) -> None:
    """So that nothing is sent to a deployment that changes its caller, or reaches people, because of one field."""
    body: Node = (
        deref(operation["requestBody"])["content"]["application/json"]["schema"] if "requestBody" in operation else {}
    )
    entries: list[dict[str, list[str]]] = [
        each if is_object(each) else {each: []} for each in operation.get("x-effects", [])
    ]
    declared = {name: fields for each in entries for name, fields in each.items()}
    for field in set(_fields_of(body, frozenset())) & set(ASKING):
        if operation["operationId"] in OF_A_USER_OF_THE_PATH and field == "isDefault":
            continue
        assert declared.get(ASKING[field]) is not None, f"{field} asks for {ASKING[field]}"
        assert not declared[ASKING[field]] or field in declared[ASKING[field]], field


def _fields_of(schema: Node, seen: frozenset[str]) -> Iterator[str]:
    """Names of the properties of a schema at any depth."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen, schema = seen | {schema["$ref"]}, deref(schema)
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _fields_of(inner, seen)
    for key in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(key, []):
            yield from _fields_of(inner, seen)
    yield from _fields_of(schema["items"], seen) if is_object(schema.get("items")) else ()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_has_examples_that_fit(operation: Node) -> None:
    """For its body, for every success with content, and wherever else one is given."""
    for name, media in contents(operation):
        given = examples(media)
        assert given or not (name == "body" or name.startswith("2")), f"{name} has no example"
        for value in given:
            assert complaints(media["schema"], value, closed=name.startswith("2")) == [], name
    for parameter in map(deref, operation["parameters"]):
        assert parameter["description"].strip()
        if "example" in parameter:
            assert complaints(parameter["schema"], parameter["example"]) == [], parameter["name"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_path_and_its_parameters_agree(operation: Node) -> None:
    """Every `{name}` is declared, and nothing else."""
    paths = bundle()["paths"].items()
    [path] = [path for path, item in paths if any(each is operation for each in item.values())]
    declared = {each["name"] for each in map(deref, operation["parameters"]) if each["in"] == "path"}
    assert declared == set(re.findall(r"{(\w+)}", path))


def test_scopes_open_what_they_name_to_third_party_tokens() -> None:
    """Without `scopes` or `permissions`, an operation takes no token that is limited to scopes."""
    if "third-party-tokens" not in edition_of_process().changes:
        pytest.skip("the edition has no third-party tokens")
    scoped = re.compile(r"/(schedules|event-types|bookings|memberships|ooo)(/|$)")
    rules = {each.id: {rule.name for rule in each.access} for each in Description(bundle()) if scoped.search(each.path)}
    closed = [
        name for name, its in rules.items() if "authenticated" in its and its.isdisjoint({"scopes", "permissions"})
    ]
    assert closed == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_links_lead_somewhere(operation: Node) -> None:
    """To an operation that there is, with parameters that it has."""
    known = operations_by_id()
    for status, response in replies(operation):
        for name, link in ((name, deref(link)) for name, link in response.get("links", {}).items()):
            assert link["operationId"] in known, f"{status} {name}"
            parameters = [deref(each) for each in known[link["operationId"]]["parameters"]]
            names = {each["name"] for each in parameters} | {f"{each['in']}.{each['name']}" for each in parameters}
            assert set(link.get("parameters", {})) <= names, f"{status} {name}"
            for expression in link.get("parameters", {}).values():
                assert not str(expression).startswith("$") or EXPRESSION.fullmatch(expression), f"{status} {name}"


def test_what_is_new_is_linked_with_everything_that_takes_its_id() -> None:
    """A client that follows links, such as the fuzzer, reaches every operation on a created item."""
    missing = {
        (dict(operations())[maker]["operationId"], each) for maker, item in makers() for each in unlinked(maker, item)
    }
    asked_for = [
        f"{maker}: the response of its success needs a link with the operationId {each}, and in its parameters the new "
        "id, such as `noteId: '$response.body#/data/id'`"
        for maker, each in sorted(missing - set(UNLINKED))
    ]
    assert not asked_for, "\n".join(asked_for)
    known = {operation["operationId"] for _, operation in operations()}
    assert missing == {each for each in UNLINKED if known.issuperset(each)}, "UNLINKED names operations that are linked"


@cache
def makers() -> tuple[tuple[str, str], ...]:
    """The labels of operations that create an item, with the path of the item.

    That is the path of the collection followed by an id; for bookings, the path of a booking.
    """
    return tuple(
        (label, item)
        for label, operation in operations()
        if label.startswith("POST ")
        for item in items_of(label, operation)
    )


def items_of(maker: str, operation: Node) -> set[str]:
    """The paths of the items that an operation creates."""
    _, path = maker.split(" ")
    item = re.compile(rf"(?:GET|PATCH|DELETE) ({re.escape(url_path(path))}/{{\w+}})")
    items = {found[1] for each, _ in operations() if (found := item.fullmatch(url_path(each)))}
    return items | {"/v2/bookings/{bookingUid}"} if REMOVING_POSTS & linked(operation).keys() else items


def unlinked(maker: str, item: str) -> Iterator[str]:
    """Operations that `maker` has no link to, although they take only the new id and parameters of its own path.

    Only operations count that exist under a version of the maker's.
    """
    making = dict(operations())[maker]
    name = parameters_of(item)[-1]
    elsewhere = {each for _, each in makers()} - {item}
    for label, operation in operations():
        path = url_path(label.split(" ")[1])
        until_id = path.partition(f"{{{name}}}")[0] + f"{{{name}}}"
        takes_it = name in parameters_of(path) and until_id not in elsewhere
        is_known = set(parameters_of(path)) <= {*parameters_of(maker), name}
        meets = not versions(operation) or not versions(making) or versions(operation) & versions(making)
        if takes_it and is_known and meets and name not in linked(making).get(operation["operationId"], ()):
            yield operation["operationId"]


def versions(operation: Node) -> set[str]:
    """The header versions of an operation; none if it exists under all."""
    return {
        version
        for each in map(deref, operation["parameters"])
        if each["name"] == VERSION_HEADER
        for version in each["schema"].get("enum", ())
    }


def parameters_of(path: str) -> list[str]:
    """Names of a path's parameters."""
    return re.findall(r"{(\w+)}", path)


def linked(operation: Node) -> dict[str, set[str]]:
    """Where links of the success lead, and which parameters they take out of the reply."""
    found: dict[str, set[str]] = {}
    for status, response in replies(operation):
        for link in map(deref, response.get("links", {}).values()) if status.startswith("2") else ():
            names = {name for name, value in link.get("parameters", {}).items() if str(value).startswith("$response")}
            found.setdefault(link["operationId"], set()).update(names)
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_refusal_has_the_code_of_a_broken_server(operation: Node) -> None:
    """What the database cannot do is a 500, which no operation promises."""
    failure = {"code": "INTERNAL_SERVER_ERROR", "message": "There was an error, please try again later."}
    body = {"status": "error", "timestamp": "2025-04-15T10:00:00.000Z", "path": "/v2/me", "error": failure}
    refusals = [(status, media) for status, media in contents(operation) if status.isdecimal() and status >= "400"]
    assert [status for status, media in refusals if not complaints(media["schema"], body)] == []
    assert not [status for status, _ in replies(operation) if status >= "500"]


def test_only_an_error_made_of_an_object_has_details_without_a_status() -> None:
    error = {"code": "BadRequestException", "message": "No.", "details": {"message": "No."}}
    body = {"status": "error", "timestamp": "2025-04-15T10:00:00.000Z", "path": "/v2/me", "error": error}
    assert [
        operation["operationId"]
        for _, operation in operations()
        for status, media in contents(operation)
        if status == "400" and not complaints(media["schema"], body)
    ] == ["create_team"]


DAYS = [
    ("2050-06-30", "2050-06-31"),
    ("2048-02-29", "2049-02-29"),
    ("2050-02-28", "2050-02-30"),
    ("2050-12-31", "2050-13-31"),
]
MOMENTS = ["", "T11:49", "T11:49Z", "T11:49:30", "T11:49:30Z", "T11:49:30.250Z", "T11:49:30+02:00", " 11:49:30"]


def test_patterns_know_the_calendar() -> None:
    patterns = set(_patterns(bundle()))
    assert [
        (pattern, impossible + time)
        for pattern in patterns
        for possible, impossible in DAYS
        for time in MOMENTS
        if pattern.search(possible + time) and pattern.search(impossible + time)
    ] == []
    # The days were tried on patterns of days.
    assert sum(any(pattern.search(day + time) for day, _ in DAYS for time in MOMENTS) for pattern in patterns) >= 3


def _patterns(node: Any) -> Iterator[re.Pattern[str]]:
    if is_object(node):
        if isinstance(node.get("pattern"), str):
            yield re.compile(node["pattern"], re.ASCII)
        node = list(node.values())
    if is_list(node):
        for each in node:
            yield from _patterns(each)


def test_nothing_is_null_by_accident() -> None:
    """An unquoted comma or a missing value in YAML makes a key whose value is null."""
    assert list(_nulls(bundle(), "")) == []


def _nulls(node: Any, at: str) -> Iterator[str]:
    if is_object(node):
        for key, value in node.items():
            if key not in ("example", "examples", "default", "enum", "x-rules"):
                yield from _nulls(value, f"{at}/{key}")
    elif is_list(node):
        for number, value in enumerate(node):
            yield from _nulls(value, f"{at}/{number}")
    elif node is None:
        yield at


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(description_folder()).as_posix())
def test_files_can_be_read_in_one_sitting(file: Path) -> None:
    """The registers and the list of all paths are tables; all others are for reading."""
    is_table = file.name in (*REGISTERS, "openapi.yaml")
    assert is_table or len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
