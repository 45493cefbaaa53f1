"""Turns the many files of ``openapi/`` into one document for each edition, keeping the names of components.

A bundle is what the server runs on, what it serves and what the fuzzer reads. prance validates it. Since that and
reading YAML take seconds, a wheel comes with all bundles, and a checkout keeps them in a cache; both under names made
of the content of all source files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Iterator
from functools import cached_property, partial
from itertools import combinations
from pathlib import Path
from typing import Any, cast

from mock_server.runtime import (
    differences,
    editions,
    effects,
    evidence,
    integers,
    json_values,
    marks,
    narrowing,
    nullable,
    versions,
)
from mock_server.runtime.bundle_cache import cached_bundle, read_bundle
from mock_server.runtime.differences import differences_between
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.effects import read_effects
from mock_server.runtime.evidence import add_evidence, check_evidence
from mock_server.runtime.integers import bound_integers
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.marks import faults, select
from mock_server.runtime.narrowing import settle_narrowing
from mock_server.runtime.nullable import write_out_nullables
from mock_server.runtime.versions import VERSION_HEADER, version_faults
from mock_server.state import edition as state_edition
from mock_server.state.edition import EDITIONS
from mock_server.state.errors import Unusable

BUNDLER = tuple(
    Path(str(each.__file__))
    for each in (
        differences,
        editions,
        effects,
        evidence,
        integers,
        json_values,
        marks,
        narrowing,
        nullable,
        state_edition,
        versions,
    )
)
"""The code that decides what a bundle looks like, beside this module. Its content is part of a bundle's name."""

UNBUNDLED = frozenset({"changes.yaml", "corrections.yaml"})
"""Files of the description's folder that no bundle depends on."""

HTTP_METHODS = ("get", "put", "post", "delete", "patch")

DIFFERENCES = "differences"
"""Stands in place of an edition in the name of the file with what differs between editions."""

Document = dict[str, Any]


class DescriptionError(Unusable):
    """The description is wrong; the text says where and what would be right."""


def description_folder() -> Path:
    """The folder with ``openapi.yaml``: packaged beside the code, or at the top of a checkout."""
    packaged = Path(__file__).parent.parent / "openapi"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent.parent / "openapi"


class Sources:
    """A folder with a description. Its bundles are those packaged with it, or made of the same content before.

    Methods raise DescriptionError where the sources are not a valid description.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or description_folder()
        self._files: dict[Path, Document] = {}

    @cached_property
    def _digest(self) -> str:
        """The same for the same content of the files and of the bundler's code."""
        digest = hashlib.sha256()
        for path in (Path(__file__), *BUNDLER):
            digest.update(path.read_bytes() + b"\0")
        paths = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*.yaml")}
        for name, path in sorted(paths.items()):
            if name not in UNBUNDLED:
                digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:24]

    def file_name(self, content: str) -> str:
        """The name of the file with the bundle of an edition, or with the ``differences`` of all."""
        return f"bundle-{self._digest}-{content}.json"

    def bundle(self, edition: str) -> Document:
        """The bundle of an edition."""
        return self._kept(edition, partial(self.make_valid, edition))

    def differences(self) -> Document:
        """What the bundles of any two editions have that the other has not: see differences."""
        return self._kept(DIFFERENCES, self.make_differences)

    def make(self, edition: str) -> Document:
        """Bundles ``openapi.yaml`` with all that it refers to. Does not validate."""
        return _Bundler(self.folder, edition, self._files).bundle()

    def make_valid(self, edition: str) -> Document:
        """Bundles and validates."""
        bundle = self.make(edition)
        validate(bundle)
        return bundle

    def make_differences(self) -> Document:
        """Bundles all editions, and compares them."""
        bundles = {edition: self.make(edition) for edition in EDITIONS}
        return {
            f"{older} {newer}": differences_between(bundles[older], bundles[newer])
            for older, newer in combinations(EDITIONS, 2)
        }

    def gather(self) -> Document:
        """All files of the description in one document, for all editions at once, with nothing added to them."""
        return _Bundler(self.folder, None, self._files).gather()

    def _kept(self, content: str, make: Callable[[], Document]) -> Document:
        name = self.file_name(content)
        return read_bundle(self.folder / name) or cached_bundle(name, make)


def load_bundle(folder: Path | None = None, edition: str | None = None) -> Document:
    """The bundle of an edition, by default of the chosen one. Raises DescriptionError."""
    return Sources(folder).bundle(edition or chosen_edition())


def make_bundle(folder: Path, edition: str | None = None) -> Document:
    """A bundle made anew, and not validated. Raises DescriptionError."""
    return Sources(folder).make(edition or chosen_edition())


def validate(bundle: Document, *, resolve: bool = False) -> None:
    """Validates `bundle` with prance, at will with all references resolved. Raises DescriptionError.

    The bundler has followed every reference, so resolving them again only costs time.
    """
    # prance and its validator take long to import and are not needed when the bundle exists.
    from prance import BaseParser, ResolvingParser, ValidationError  # pyright: ignore[reportMissingTypeStubs]
    from prance.util.url import ResolutionError  # pyright: ignore[reportMissingTypeStubs]

    parser: Any = (ResolvingParser if resolve else BaseParser)(
        spec_string="taken as it is",
        lazy=True,
        backend="openapi-spec-validator",
        recursion_limit_handler=_end_of_recursion,
    )
    # prance would read the text of the bundle with a slow YAML parser.
    parser.specification = json.loads(json.dumps(bundle))
    try:
        parser._validate()  # noqa: SLF001
    except (ValidationError, ResolutionError) as error:
        complaint = _place_of_error(bundle) or str(error).partition("\n")[0]
        raise DescriptionError(f"The description is not valid OpenAPI: {complaint}") from None


def _end_of_recursion(*_: Any) -> Document:
    """What prance puts where a schema refers to itself."""
    return {}


def _place_of_error(bundle: Document) -> str | None:
    """Where and what, in one line: the validator's own text begins with the whole of what is wrong."""
    from openapi_spec_validator import OpenAPIV30SpecValidator

    error = cast("Any", next(OpenAPIV30SpecValidator(bundle).iter_errors(), None))
    if error is None:
        return None
    message = error.message.partition("\n")[0]
    return f"at {'/'.join(map(str, error.absolute_path))}: {message if len(message) < 300 else '... ' + message[-100:]}"


class _Bundler:
    """Bundles what one edition has, or, with None, all that there is, with the marks of editions.

    `files` are the files as they were read; those that it reads are added.
    """

    def __init__(self, folder: Path, edition: str | None, files: dict[Path, Document]) -> None:
        self.folder = folder.resolve()
        self.edition = edition
        self.files = files
        self.selected: dict[Path, Document] = {}
        self.homes: dict[tuple[str, str], Path] = {}
        self.components: dict[str, Document] = {}
        self.areas: dict[str, str] = {}

    def bundle(self) -> Document:
        bundle = self.gather()
        self.tidy(bundle)
        for path, item in bundle["paths"].items():
            for method in HTTP_METHODS:
                if method in item:
                    self.complete(item[method], self.areas[path], method)
        self.check_versions(bundle["paths"])
        # Completing has added components.
        bundle["components"] = {kind: dict(sorted(named.items())) for kind, named in sorted(self.components.items())}
        settle_narrowing(bundle, self.edition)
        write_out_nullables(bundle)
        bound_integers(bundle)
        return bundle

    def gather(self) -> Document:
        root_path = self.folder / "openapi.yaml"
        root = self.read(root_path)
        bundle = {key: value for key, value in root.items() if key not in ("paths", "components")}
        for kind, named in root.get("components", {}).items():
            for name in named:
                self.adopt(root_path, kind, name)
        items = {path: self.path_item(root_path, path, item) for path, item in root["paths"].items()}
        bundle["paths"] = {path: item for path, item in items.items() if item}
        bundle["components"] = self.components
        return bundle

    def read(self, path: Path) -> Document:
        """What the edition has of a file."""
        if path not in self.selected:
            document = self.read_whole(path)
            self.selected[path] = document if self.edition is None else select(document, self.edition)
        return self.selected[path]

    def read_whole(self, path: Path) -> Document:
        if path not in self.files:
            name = path.relative_to(self.folder)
            if not path.is_file():
                raise DescriptionError(f"There is no file {name} in the description.")
            document = _read_yaml(path)
            fault = next(faults(document), None)
            if fault is not None:
                raise DescriptionError(f"{name}, at {fault}.")
            self.files[path] = document
        return self.files[path]

    def tidy(self, bundle: Document) -> None:
        """Removes links to operations, and tags of groups, that the edition does not have, and what only they used."""
        operations = [item[method] for item in bundle["paths"].values() for method in HTTP_METHODS if method in item]
        known = {each["operationId"] for each in operations}
        responses = [response for each in operations for response in each["responses"].values()]
        for response in map(self.deref, responses):
            links = {name: self.deref(link) for name, link in response.get("links", {}).items()}
            gone = {name for name, link in links.items() if link.get("operationId", "") not in known}
            if gone:
                response["links"] = {name: link for name, link in response["links"].items() if name not in gone}
        used = {tag for each in operations for tag in each["tags"]}
        if "tags" in bundle:
            bundle["tags"] = [tag for tag in bundle["tags"] if tag["name"] in used]

    def check_versions(self, paths: Document) -> None:
        """Whether the version chooses one operation of each path and method. Raises DescriptionError."""
        versions = {
            (method.upper(), path): self.versions_of(item[method])
            for path, item in paths.items()
            for method in HTTP_METHODS
            if method in item
        }
        fault = next(version_faults(versions), None)
        if fault is not None:
            raise DescriptionError(f"The description does not tell versions apart: {fault}.")

    def versions_of(self, operation: Document) -> list[str]:
        """The values of the version header under which an operation exists; none where it exists under all."""
        for parameter in map(self.deref, operation["parameters"]):
            if parameter["name"] == VERSION_HEADER:
                return parameter["schema"].get("enum", [])
        return []

    def path_item(self, root_path: Path, path: str, item: Document) -> Document:
        home, pointer = self.target(root_path, item["$ref"])
        operations = self.rewrite(home, self.look_up(home, pointer))
        if not any(method in operations for method in HTTP_METHODS):
            return {}
        file = home.relative_to(self.folder)
        self.areas[path] = file.parts[0]
        for method in HTTP_METHODS:
            if method in operations:
                self.check(operations[method], method, f"{file}: {method.upper()} {path}")
        return operations

    def check(self, operation: Document, method: str, place: str) -> None:
        """Whether an operation says who may call it, and what it does to others. Raises DescriptionError."""
        fault = check_evidence(operation)
        if fault is not None:
            raise DescriptionError(f"{place} {fault}.")
        if "x-access" not in operation:
            raise DescriptionError(f"{place} has no x-access; `x-access: []` makes it public.")
        if "x-effects" in operation:
            try:
                read_effects(operation["x-effects"])
            except ValueError as error:
                raise DescriptionError(f"{place}: {error}.") from None
        elif method != "get":
            raise DescriptionError(
                f"{place} has no x-effects; `x-effects: [own]` says that it changes one thing of its caller's."
            )

    def complete(self, operation: Document, area: str, method: str) -> None:
        """Adds what operations of a kind have in common, and the area in which the operation's function stands."""
        operation["x-area"] = area
        parameters = operation.setdefault("parameters", [])
        names = {self.deref(parameter)["name"] for parameter in parameters}
        for parameter in self.implied("parameters.yaml", "every operation"):
            if self.deref(parameter)["name"] not in names:
                parameters.append(parameter)
        responses = operation["responses"]
        for group in self.groups(operation, method):
            for status, response in self.implied("errors.yaml", group).items():
                responses.setdefault(status, response)
        operation["responses"] = dict(sorted(responses.items()))
        add_evidence(operation)

    def groups(self, operation: Document, method: str) -> Iterator[str]:
        parameters = [self.deref(parameter) for parameter in operation["parameters"]]
        yield "every operation"
        if method == "get":
            yield "get"
        if operation.get("security") != []:
            yield "with credentials"
        if operation["x-access"] not in ([], ["optional-authentication"]):
            yield "with access rules"
        if any(parameter["in"] == "path" for parameter in parameters):
            yield "with path parameters"
        if any(parameter["name"] == VERSION_HEADER and parameter["required"] for parameter in parameters):
            yield "with required version"

    def implied(self, file: str, group: str) -> Any:
        home = self.folder / "shared" / file
        return self.rewrite(home, self.read(home)["implied"].get(group, {}))

    def deref(self, node: Document) -> Document:
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        return self.components[kind][name]

    def target(self, home: Path, reference: str) -> tuple[Path, str]:
        file, _, pointer = reference.partition("#")
        return ((home.parent / file).resolve() if file else home), pointer

    def look_up(self, home: Path, pointer: str) -> Any:
        node: Any = self.read(home)
        for part in pointer.lstrip("/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not is_object(node) or part not in node:
                where = "" if self.edition is None else f" in edition {self.edition}"
                raise DescriptionError(f"{home.relative_to(self.folder)} has no {pointer}{where}.")
            node = node[part]
        return node

    def adopt(self, home: Path, kind: str, name: str) -> str:
        """Moves a component to the top of the bundle under its own name; gives the reference to it."""
        known = self.homes.setdefault((kind, name), home)
        if known != home:
            raise DescriptionError(
                f"Two files define {kind} {name}: {known.relative_to(self.folder)} and {home.relative_to(self.folder)}."
            )
        named = self.components.setdefault(kind, {})
        if name not in named:
            named[name] = {}  # Holds the place for components that refer to themselves.
            named[name] = self.rewrite(home, self.look_up(home, f"/components/{kind}/{name}"))
        return f"#/components/{kind}/{name}"

    def rewrite(self, home: Path, node: Any) -> Any:
        if is_list(node):
            return [self.rewrite(home, item) for item in node]
        if not is_object(node):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            file, pointer = self.target(home, reference)
            parts = pointer.split("/")
            if len(parts) != 4 or parts[1] != "components":
                raise DescriptionError(
                    f"{home.relative_to(self.folder)}: {reference} does not end in /components/<kind>/<Name>."
                )
            return {"$ref": self.adopt(file, parts[2], parts[3])}
        return {str(key): self.rewrite(home, value) for key, value in node.items()}


def _read_yaml(path: Path) -> Document:
    import yaml  # Only needed when the cache has no bundle.

    class Loader(yaml.CSafeLoader):
        """YAML without dates: `2025-04-15` stays text, as in JSON. Keys have to stay as they are written, too."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
            constructor = cast("Any", super())
            mapping = constructor.construct_mapping(node, deep=deep)
            for key, _ in node.value:
                value = constructor.construct_object(key, deep=True)
                if isinstance(key, yaml.ScalarNode) and str(value) != key.value:
                    raise DescriptionError(
                        f"{path}, line {key.start_mark.line + 1}: YAML reads the key {key.value} as {value}. Quote it."
                    )
            return mapping

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader)
    except yaml.YAMLError as error:
        raise DescriptionError(f"{path} is not YAML: {error}") from error
