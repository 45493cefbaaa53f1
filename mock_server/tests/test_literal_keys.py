"""Every literal key that an operation reads from path, query or body is one that the description has.

The code is followed from the functions of operations and of their access rules through local variables, nested fields,
loops and the functions of this project that receive the call, or a part of it. Not followed are methods, functions that
are called through a variable, and keys that are no literals.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from mock_server import areas
from mock_server.runtime.access import ArgumentRule
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.tests.small import body_of, describe, operation, path, query
from mock_server.state.edition import NEWEST

pytestmark = pytest.mark.slow("parses all modules")

ITEM = "[]"
DEEPEST = 8
"""Functions that call themselves are followed so deep into a body."""

CALL, PARTS = ("call",), ("path", "query", "body")

Source = tuple[str, ...]
"""Where a value comes from: CALL, or a part of it with the keys that lead to the value."""


@dataclass(frozen=True)
class Read:
    """One reading of a literal key."""

    file: str
    line: int
    source: Source
    key: str


@cache
def functions_of(module: ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


class Reader(ast.NodeVisitor):
    """Collects what one function reads, given where its arguments come from."""

    def __init__(
        self, function: FunctionType, known: dict[str, Source], seen: set[Any], *, follow: bool = True
    ) -> None:
        self.module = importlib.import_module(function.__module__)
        self.known = dict(known)
        self.seen = seen
        self.reads: list[Read] = []
        body = functions_of(self.module).get(function.__name__)
        for statement in body.body if body is not None and follow else ():
            self.visit(statement)

    def source_of(self, node: ast.AST | None) -> Source | None:
        """Where the value of an expression comes from; None for all that is not of the call."""
        if isinstance(node, ast.Name):
            return self.known.get(node.id)
        if isinstance(node, ast.Attribute) and self.source_of(node.value) == CALL and node.attr in PARTS:
            return (node.attr,)
        if isinstance(node, ast.Subscript):
            return self.inner(node.value, node.slice)
        if isinstance(node, ast.Call):
            return self.source_of_call(node)
        if isinstance(node, ast.BoolOp):
            return next((found for each in node.values if (found := self.source_of(each))), None)
        if isinstance(node, ast.IfExp):
            return self.source_of(node.body) or self.source_of(node.orelse)
        return self.source_of(node.value) if isinstance(node, ast.NamedExpr) else None

    def source_of_call(self, node: ast.Call) -> Source | None:
        """Of `get`, of a cast, and of a function whose last statement returns a part of the call."""
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
            return self.inner(node.func.value, node.args[0])
        if isinstance(node.func, ast.Name) and node.func.id == "cast":
            return self.source_of(node.args[1])
        function = self.function_of(node.func)
        known = {} if function is None else self.handed_on(function, node)
        if function is None or not known:
            return None
        definition = functions_of(importlib.import_module(function.__module__)).get(function.__name__)
        if definition is None or not isinstance(definition.body[-1], ast.Return):
            return None
        called = Reader(function, {}, set(), follow=False)
        called.known = known
        return called.source_of(definition.body[-1].value)

    def handed_on(self, function: FunctionType, node: ast.Call) -> dict[str, Source]:
        """The parameters of a function that get the call or a part of it."""
        names = list(inspect.signature(function).parameters)
        given = [*zip(names, node.args, strict=False), *((each.arg, each.value) for each in node.keywords)]
        return {name: source for name, value in given if name and (source := self.source_of(value))}

    def inner(self, container: ast.AST, key: ast.AST) -> Source | None:
        source = self.source_of(container)
        if source is None or source == CALL or not isinstance(key, ast.Constant):
            return None
        return (*source, key.value if isinstance(key.value, str) else ITEM)

    def note(self, container: ast.AST, key: ast.AST) -> None:
        source = self.source_of(container)
        if source and source != CALL and isinstance(key, ast.Constant) and isinstance(key.value, str):
            file = Path(str(self.module.__file__)).relative_to(Path(areas.__file__).parent).as_posix()
            self.reads.append(Read(file, key.lineno, source, key.value))

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, ast.Load):
            self.note(node.value, node.slice)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            self.note(node.comparators[0], node.left)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            self.bind(target, self.source_of(node.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        self.bind(node.target, self.source_of(node.value))

    def visit_For(self, node: ast.For) -> None:
        self.bind_item(node.target, node.iter)
        self.generic_visit(node)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        for each in node.generators:
            self.bind_item(each.target, each.iter)
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = comprehension  # noqa: N815

    def bind_item(self, target: ast.expr, container: ast.expr) -> None:
        source = self.source_of(container)
        self.bind(target, None if source is None else (*source, ITEM))

    def bind(self, target: ast.expr, source: Source | None) -> None:
        if isinstance(target, ast.Name):
            self.known.pop(target.id, None)
            if source is not None:
                self.known[target.id] = source

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr in ("get", "pop"):
                self.note(node.func.value, node.args[0])
            elif node.func.attr == "path_number" and self.source_of(node.func.value) == CALL:
                self.note(ast.Attribute(node.func.value, "path"), node.args[0])
        function = self.function_of(node.func)
        if function is not None:
            known = self.handed_on(function, node)
            self.reads += reads_of(function, known, self.seen)
        self.generic_visit(node)

    def function_of(self, node: ast.expr) -> FunctionType | None:
        """The function of this project that a call names, where it is one of a module."""
        found: Any = None
        if isinstance(node, ast.Name):
            found = vars(self.module).get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = vars(self.module).get(node.value.id)
            found = getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
        return found if isinstance(found, FunctionType) and found.__module__.startswith("mock_server.") else None


def reads_of(function: FunctionType, known: dict[str, Source], seen: set[Any]) -> list[Read]:
    """What a function and those that it calls read of a call."""
    case = (function, frozenset(known.items()))
    if not known or case in seen or any(len(source) > DEEPEST for source in known.values()):
        return []
    seen.add(case)
    return Reader(function, known, seen).reads


def reads_of_operation(described: Operation) -> Iterator[Read]:
    rules = areas.access_rules()
    checks = [rules[entry.name] for entry in described.access if entry.name in rules]
    seen: set[Any] = set()
    for each in [check.check if isinstance(check, ArgumentRule) else check for check in checks]:
        if isinstance(each, FunctionType):
            yield from reads_of(each, {next(iter(inspect.signature(each).parameters)): CALL}, seen)
    handler = areas.find_handler(described.area, described.id)
    if isinstance(handler, FunctionType):
        yield from reads_of(handler, {"call": CALL}, seen)


def is_described(description: Description, described: Operation, read: Read) -> bool:
    part, *keys = read.source
    if part != "body":
        return bool(keys) or read.key in (described.path_types if part == "path" else described.query_types)
    schemas = [] if described.body_schema is None else [described.body_schema]
    for key in keys:
        schemas = [inner for each in schemas for inner in inside(description, each, key)]
    return any(is_free(description, each) or read.key in description.components.properties(each) for each in schemas)


def inside(description: Description, schema: Any, key: str) -> list[Any]:
    schema = description.components.resolve(schema)
    found = [each for branch in description.components.branches(schema) for each in inside(description, branch, key)]
    if key == ITEM:
        return [*found, schema["items"]] if "items" in schema else found
    properties = schema.get("properties", {})
    return [*found, properties[key]] if key in properties else found


def is_free(description: Description, schema: Any) -> bool:
    """Whether the values of a schema have keys of their own choice, or elements in place of keys."""
    schema = description.components.resolve(schema)
    return "additionalProperties" in schema or not description.components.properties(schema)


def unknown_keys(description: Description) -> list[str]:
    """Keys that are read, and that none of the operations has for which the reading function is called."""
    unknown: dict[Read, str] = {}
    known: set[Read] = set()
    for described in description:
        for read in reads_of_operation(described):
            if is_described(description, described, read):
                known.add(read)
            else:
                unknown.setdefault(read, described.id)
    return sorted(
        f"{read.file}:{read.line}: {name} reads {read.key!r} of its {' of '.join(reversed(read.source))}, "
        "which the description does not have"
        for read, name in unknown.items()
        if read not in known
    )


DESCRIPTION = Description(load_bundle(edition=NEWEST))
"""The code is written for the newest edition."""


def test_every_literal_key_is_described() -> None:
    assert unknown_keys(DESCRIPTION) == []


def test_most_operations_are_followed() -> None:
    """At least to what their path names."""
    followed = {
        part for each in DESCRIPTION for part in ((each.id, read.source[0]) for read in reads_of_operation(each))
    }
    with_path = {(each.id, "path") for each in DESCRIPTION if each.path_types}
    with_body = {(each.id, "body") for each in DESCRIPTION if each.body_schema is not None}
    assert len(followed & with_path) > 0.9 * len(with_path)
    assert len(followed & with_body) > 0.6 * len(with_body)


SOURCE = """
def create_note(call):
    body = call.body
    for tag in body["tags"]:
        _tag(tag)
    return call.path_number("noteId"), call.query.get("{query}"), body["text"], "{body}" in body, by_name(call.body)


def _tag(tag):
    return tag["{tag}"]


def by_name(fields):
    return fields["{shared}"]
"""
RIGHT = {"query": "take", "body": "text", "tag": "name", "shared": "text"}


@pytest.mark.parametrize(
    ("wrong", "complaints"),
    [
        ({}, []),
        ({"query": "tak"}, ["6: create_note reads 'tak' of its query"]),
        ({"body": "texts"}, ["6: create_note reads 'texts' of its body"]),
        ({"tag": "nam"}, ["10: create_note reads 'nam' of its [] of tags of body"]),
        ({"shared": "txt"}, ["14: create_note reads 'txt' of its body"]),
    ],
)
def test_a_mistyped_key_is_found(
    wrong: dict[str, str], complaints: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / f"notes_{len(str(wrong))}.py"
    file.write_text(SOURCE.format(**(RIGHT | wrong)), encoding="utf-8")
    name = f"mock_server.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(importlib.import_module("sys").modules, name, module)
    monkeypatch.setattr(areas, "__file__", str(tmp_path / "areas.py"))
    monkeypatch.setattr(areas, "find_handler", lambda _, name: getattr(module, name))
    tag = {"type": "object", "properties": {"name": {"type": "string"}}}
    schema = {"type": "object", "properties": {"text": {"type": "string"}, "tags": {"type": "array", "items": tag}}}
    described = operation(
        "create_note", parameters=[path("noteId", "integer"), query("take", {})], requestBody=body_of(schema)
    )
    found = unknown_keys(describe({"/v2/notes/{noteId}": {"post": described}}))
    assert [each.removeprefix(f"{file.name}:").partition(",")[0] for each in found] == complaints
