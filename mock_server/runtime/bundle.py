"""Bundles the files of ``openapi/`` into one document per edition, keeping the names of components.

The server runs on the bundle and serves it; the fuzzer reads it. prance validates it. Since validating and
reading YAML take seconds, a wheel ships with all bundles, and a checkout caches them; both under names that are
a digest of all source files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cached_property, partial
from itertools import combinations
from pathlib import Path
from typing import Any, cast

from mock_server.runtime import (
    access_rule,
    differences,
    editions,
    effects,
    evidence,
    integers,
    json_values,
    limit,
    marks,
    narrowing,
    nullable,
    openapi,
    suggestions,
    versions,
)
from mock_server.runtime.access_rule import read_access
from mock_server.runtime.bundle_cache import cached_bundle, read_bundle
from mock_server.runtime.differences import differences_between
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.effects import OWN, read_effects
from mock_server.runtime.evidence import EVIDENCE, add_evidence, check_evidence
from mock_server.runtime.integers import bound_integers
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.limit import read_limit
from mock_server.runtime.marks import faults, select
from mock_server.runtime.narrowing import settle_narrowing
from mock_server.runtime.nullable import write_out_nullables
from mock_server.runtime.openapi import HTTP_METHODS, Document, deref
from mock_server.runtime.suggestions import did_you_mean
from mock_server.runtime.versions import VERSION_HEADER, Served, version_faults
from mock_server.state import edition as state_edition
from mock_server.state.edition import EDITIONS
from mock_server.state.errors import Unusable

BUNDLER = tuple(
    Path(str(file))
    for file in (
        __file__, access_rule.__file__, differences.__file__, editions.__file__, effects.__file__, evidence.__file__,
        integers.__file__, json_values.__file__, limit.__file__, marks.__file__, narrowing.__file__,
        nullable.__file__, openapi.__file__, state_edition.__file__, suggestions.__file__, versions.__file__,
    )
)  # fmt: skip
"""The code that determines the content of a bundle. It is part of the digest in a bundle's name."""

DIFFERENCES = "differences"
"""Takes the place of the edition in the name of the file that lists the differences between editions."""

REGISTERS = ("changes.yaml", "corrections.yaml")
"""Files in the description's folder that are not part of the document."""

REQUIRED = {
    "operationId": "it is the name of its Python function, such as `get_note`",
    "tags": "give its group, one of the tags of openapi.yaml",
    "summary": "it is the operation's heading in the docs",
    "x-access": "`x-access: []` makes it public",
    "x-evidence": f"how well it is known: {', '.join(EVIDENCE)}",
    "responses": "at least the success response is required",
}
"""The required keys of an operation, each with its purpose."""


class DescriptionError(Unusable):
    """The description is invalid; the text gives the place and the remedy."""


def description_folder() -> Path:
    """The folder with ``openapi.yaml``: packaged with the code, or at the root of a checkout."""
    packaged = Path(__file__).parent.parent / "openapi"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent.parent / "openapi"


class Sources:
    """A folder with a description. Bundles are the packaged or cached ones if the content matches, else made anew.

    Methods raise DescriptionError if the sources are not a valid description.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or description_folder()
        self._files: dict[Path, Document] = {}
        self._is_checked = False

    @cached_property
    def _digest(self) -> str:
        """A digest of the files and of the bundler's code."""
        digest = hashlib.sha256()
        for path in BUNDLER:
            digest.update(path.read_bytes() + b"\0")
        paths = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*.yaml")}
        for name, path in sorted(paths.items()):
            if name not in REGISTERS:
                digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:24]

    def file_name(self, content: str) -> str:
        """The file name of an edition's bundle, or of the ``differences`` between all editions."""
        return f"bundle-{self._digest}-{content}.json"

    def bundle(self, edition: str) -> Document:
        """The bundle of an edition."""
        return self._kept(edition, partial(self.make_valid, edition))

    def differences(self) -> Document:
        """The differences between the bundles of any two editions: see the module differences."""
        return self._kept(DIFFERENCES, self.make_differences)

    def make(self, edition: str) -> Document:
        """Bundles ``openapi.yaml`` and everything it refers to, without validation."""
        bundle = _Bundler(self.folder, edition, self._files, self._operation_ids).bundle()
        if not self._is_checked:
            _Bundler(self.folder, None, self._files).check_that_all_is_used()
            self._is_checked = True
        return bundle

    def make_valid(self, edition: str) -> Document:
        """Bundles and validates."""
        try:
            bundle = self.make(edition)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Reports the place of anything that does not have OpenAPI's shape.
            validate(_Bundler(self.folder, edition, self._files).gather())
            raise
        validate(bundle)
        return bundle

    def make_differences(self) -> Document:
        """Bundles all editions and compares them."""
        bundles = {edition: self.make(edition) for edition in EDITIONS}
        return {
            f"{older} {newer}": differences_between(bundles[older], bundles[newer])
            for older, newer in combinations(EDITIONS, 2)
        }

    def gather(self) -> Document:
        """All files of the description in one document, for all editions at once, without the implied parts."""
        return _Bundler(self.folder, None, self._files).gather()

    @cached_property
    def _operation_ids(self) -> frozenset[str]:
        """The ids of the operations of all editions, as far as their files are well-formed."""
        reader = _Bundler(self.folder, None, self._files)
        names = (path for path in self.folder.resolve().rglob("*.yaml") if path.name not in REGISTERS)
        items = [item for path in names for item in _values(reader.read_whole(path).get("paths"))]
        return frozenset(
            str(operation.get("operationId")) for item in items for operation in _values(item) if is_object(operation)
        )

    def _kept(self, content: str, make: Callable[[], Document]) -> Document:
        name = self.file_name(content)
        return read_bundle(self.folder / name) or cached_bundle(name, make)


def load_bundle(folder: Path | None = None, edition: str | None = None) -> Document:
    """The bundle of an edition, by default the chosen one. Raises DescriptionError."""
    return Sources(folder).bundle(edition or chosen_edition())


def make_bundle(folder: Path, edition: str | None = None) -> Document:
    """A bundle made anew, without cache or validation. Raises DescriptionError."""
    return Sources(folder).make(edition or chosen_edition())


def validate(bundle: Document, *, resolve: bool = False) -> None:
    """Validates `bundle` with prance, optionally with all references resolved. Raises DescriptionError.

    The bundler has already followed every reference, so resolving them again only costs time.
    """
    # prance and its validator are slow to import, and not needed if the bundle exists.
    from prance import BaseParser, ResolvingParser, ValidationError  # pyright: ignore[reportMissingTypeStubs]
    from prance.util.url import ResolutionError  # pyright: ignore[reportMissingTypeStubs]

    parser: Any = (ResolvingParser if resolve else BaseParser)(
        spec_string="unused",
        lazy=True,
        backend="openapi-spec-validator",
        recursion_limit_handler=_end_of_recursion,
    )
    # prance would parse the text of the bundle with a slow YAML parser.
    parser.specification = json.loads(json.dumps(bundle))
    try:
        parser._validate()  # noqa: SLF001
    except (ValidationError, ResolutionError) as error:
        complaint = _place_of_error(bundle) or str(error).partition("\n")[0]
        raise DescriptionError(f"The description is not valid OpenAPI: {complaint}") from None


def _end_of_recursion(*_: Any) -> Document:
    """prance's placeholder for a schema that refers to itself."""
    return {}


def _place_of_error(bundle: Document) -> str | None:
    """The place and the error in one line: the validator's own text begins with the whole invalid value."""
    from openapi_spec_validator import OpenAPIV30SpecValidator

    error = cast("Any", next(OpenAPIV30SpecValidator(bundle).iter_errors(), None))
    if error is None:
        return None
    message = error.message.partition("\n")[0]
    return f"at {'/'.join(map(str, error.absolute_path))}: {message if len(message) < 300 else '... ' + message[-100:]}"


class _DanglingReference(LookupError):
    """A reference has no target; the text says why."""


class _Bundler:
    """Bundles the description of one edition, or, with None, that of all editions including their marks.

    `files` caches the files read so far; further ones are added. `all_ids` has the operationIds of all
    editions.
    """

    def __init__(
        self, folder: Path, edition: str | None, files: dict[Path, Document], all_ids: frozenset[str] = frozenset()
    ) -> None:
        self.folder = folder.resolve()
        self.edition = edition
        self.files = files
        self.all_ids = all_ids
        self.selected: dict[Path, Document] = {}
        self.homes: dict[tuple[str, str], Path] = {}
        self.components: dict[str, Document] = {}
        self.sources: dict[str, Path] = {}
        self.places: dict[str, str] = {}

    def bundle(self) -> Document:
        bundle = self.gather()
        for path, item in bundle["paths"].items():
            for method in HTTP_METHODS:
                if method in item:
                    self.check(item[method], method, path, {tag["name"] for tag in bundle["tags"]})
                    self.complete(item[method], self.sources[path], method)
        self.tidy(bundle)
        self.check_links(bundle)
        self.check_versions(bundle["paths"])
        # `complete` has added components.
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
        """The part of a file that belongs to the edition."""
        if path not in self.selected:
            document = self.read_whole(path)
            self.selected[path] = document if self.edition is None else select(document, self.edition)
        return self.selected[path]

    def read_whole(self, path: Path) -> Document:
        if path not in self.files:
            name = path.relative_to(self.folder).as_posix()
            if not path.is_file():
                raise DescriptionError(f"There is no file {name} in the description.")
            content: Any = _read_yaml(path)
            if not is_object(content):
                raise DescriptionError(f"{name} is not a mapping with keys such as paths and components.")
            fault = next(faults(content), None)
            if fault is not None:
                raise DescriptionError(f"{name}, at {fault}.")
            self.files[path] = content
        return self.files[path]

    def tidy(self, bundle: Document) -> None:
        """Removes links to operations that only other editions have, and tags without operations."""
        operations = [item[method] for item in bundle["paths"].values() for method in HTTP_METHODS if method in item]
        elsewhere = self.all_ids - self.places.keys()
        for response in (
            self.deref(response) for operation in operations for response in operation["responses"].values()
        ):
            links: Document = response.get("links", {})
            kept = {name: link for name, link in links.items() if self.deref(link).get("operationId") not in elsewhere}
            if len(kept) < len(links):
                response["links"] = kept
        used = {tag for operation in operations for tag in operation["tags"]}
        bundle["tags"] = [tag for tag in bundle["tags"] if tag["name"] in used]

    def check_versions(self, paths: Document) -> None:
        """Raises DescriptionError unless the version header selects one operation of each path and method."""
        fault = next(
            version_faults(
                [
                    self.served(path, method, item[method])
                    for path, item in paths.items()
                    for method in HTTP_METHODS
                    if method in item
                ]
            ),
            None,
        )
        if fault is not None:
            raise DescriptionError(f"{fault}.")

    def served(self, path: str, method: str, operation: Document) -> Served:
        """The versions of an operation."""
        headers = [header for header in map(self.deref, operation["parameters"]) if header["name"] == VERSION_HEADER]
        versions = tuple(version for header in headers for version in header["schema"].get("enum", ()))
        is_required = any(header.get("required", False) for header in headers)
        return Served(self.places[operation["operationId"]], method, path, versions, is_required)

    def path_item(self, root_path: Path, path: str, item: Any) -> Document:
        reference = item.get("$ref") if is_object(item) else None
        if not isinstance(reference, str) or reference.partition("#")[2] != _pointer("paths", path):
            raise DescriptionError(
                f"openapi.yaml: {path} has to lead to the file that describes it: "
                f"{{$ref: '<area>/<group>.yaml#{_pointer('paths', path)}'}}."
            )
        try:
            home, pointer = self.target(root_path, reference)
            found = self.look_up(home, pointer)
        except _DanglingReference as error:
            raise DescriptionError(f"openapi.yaml: {path}: {error}") from None
        self.sources[path] = home.relative_to(self.folder)
        item = self.rewrite(home, found, ("paths", path))
        return item if any(method in item for method in HTTP_METHODS) else {}

    def check(self, operation: Document, method: str, path: str, tags: set[str]) -> None:
        """Raises DescriptionError for an operation that lacks a required key or has an invalid value."""
        place = f"{self.sources[path].as_posix()}: {method.upper()} {path}"
        for key, reason in REQUIRED.items():
            if key not in operation:
                raise DescriptionError(f"{place} has no {key}; {reason}.")
        name = operation["operationId"]
        if self.places.setdefault(name, place) != place:
            raise DescriptionError(f"{place}: the operationId {name} is already used by {self.places[name]}.")
        for tag in operation["tags"]:
            if tag not in tags:
                raise DescriptionError(f"{place}: openapi.yaml has no tag {tag!r}{did_you_mean(str(tag), tags) or '.'}")
        for status in operation["responses"]:
            if not status.isdecimal():
                raise DescriptionError(f"{place}: responses are keyed by status, such as '200', not {status!r}.")
        if method != "get" and "x-effects" not in operation:
            raise DescriptionError(
                f"{place} has no x-effects; `x-effects: [own]` means that it changes one object of its caller."
            )
        try:
            _check_words(operation)
        except ValueError as error:
            raise DescriptionError(f"{place}: {error}.") from None

    def check_links(self, bundle: Document) -> None:
        """Raises DescriptionError for a link to an operation that does not exist."""
        for item in bundle["paths"].values():
            for operation in (item[method] for method in HTTP_METHODS if method in item):
                for status, response in operation["responses"].items():
                    for name, link in self.deref(response).get("links", {}).items():
                        target = self.deref(link).get("operationId")
                        if target not in self.places:
                            raise DescriptionError(
                                f"{self.places[operation['operationId']]}, at responses > {status} > links > {name}: "
                                f"there is no operation {target}{did_you_mean(str(target), self.places) or '.'}"
                            )

    def check_that_all_is_used(self) -> None:
        """Raises DescriptionError for a file that nothing refers to, or a path that openapi.yaml does not list."""
        self.gather()
        for file in ("parameters.yaml", "errors.yaml"):
            home = self.folder / "shared" / file
            self.rewrite(home, self.read(home)["implied"], ("implied",))
        for path in sorted(self.folder.rglob("*.y*ml")):
            file = path.relative_to(self.folder)
            if file.as_posix() in REGISTERS:
                continue
            if path.suffix != ".yaml":
                raise DescriptionError(f"{file.as_posix()}: description files must end in .yaml.")
            was_read = path in self.selected
            described_paths: Document = self.read(path).get("paths") or {}
            for described in described_paths if path.name != "openapi.yaml" else ():
                if self.sources.get(described) != file:
                    raise DescriptionError(
                        f"{file.as_posix()}: openapi.yaml does not list the path {described}. Add to its paths: "
                        f"{described}: {{$ref: '{file.as_posix()}#{_pointer('paths', described)}'}}"
                    )
            if not was_read:
                raise DescriptionError(f"{file.as_posix()}: nothing refers to this file, and it describes no path.")

    def complete(self, operation: Document, source: Path, method: str) -> None:
        """Adds the parts implied for this kind of operation, the file that describes it, and its area."""
        operation["x-area"] = source.parts[0]
        operation["x-file"] = source.as_posix()
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
        if any(parameter["name"] == VERSION_HEADER and parameter.get("required") for parameter in parameters):
            yield "with required version"

    def implied(self, file: str, group: str) -> Any:
        home = self.folder / "shared" / file
        return self.rewrite(home, self.read(home)["implied"].get(group, {}), ("implied", group))

    def deref(self, node: Document) -> Document:
        return deref(self.components, node)

    def target(self, home: Path, reference: str) -> tuple[Path, str]:
        """The file and the pointer of a reference. Raises _DanglingReference."""
        file, _, pointer = reference.partition("#")
        path = (home.parent / file).resolve() if file else home
        if not path.is_relative_to(self.folder):
            raise _DanglingReference(f"{reference} leads outside the description.")
        if not path.is_file():
            raise _DanglingReference(f"there is no file {path.relative_to(self.folder).as_posix()}.")
        return path, pointer

    def look_up(self, home: Path, pointer: str) -> Any:
        """The value at a pointer. Raises _DanglingReference."""
        node: Any = self.read(home)
        for part in pointer.lstrip("/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not is_object(node) or part not in node:
                known = map(str, node) if is_object(node) else ()
                raise _DanglingReference(
                    f"{home.relative_to(self.folder).as_posix()} has no {pointer}{did_you_mean(part, known) or '.'}"
                )
            node = node[part]
        return node

    def adopt(self, home: Path, kind: str, name: str) -> str:
        """Moves a component to the top level of the bundle under its own name; returns the reference to it.

        Raises _DanglingReference if there is none.
        """
        component = self.look_up(home, f"/components/{kind}/{name}")
        known = self.homes.setdefault((kind, name), home)
        if known != home:
            raise DescriptionError(
                f"Two files define {kind} {name}: {known.relative_to(self.folder)} and {home.relative_to(self.folder)}."
            )
        named = self.components.setdefault(kind, {})
        if name not in named:
            named[name] = {}  # A placeholder for components that refer to themselves.
            named[name] = self.rewrite(home, component, ("components", kind, name))
        return f"#/components/{kind}/{name}"

    def rewrite(self, home: Path, node: Any, at: tuple[str, ...]) -> Any:
        """`node`, found in the file `home` at the keys `at`, with references that point to the bundle's components."""
        if is_list(node):
            return [self.rewrite(home, item, (*at, str(number))) for number, item in enumerate(node)]
        if not is_object(node):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            try:
                return {"$ref": self.follow(home, reference, at)}
            except _DanglingReference as error:
                raise DescriptionError(f"{self.place(home, at)}: {error}") from None
        return {str(key): self.rewrite(home, value, (*at, str(key))) for key, value in node.items()}

    def follow(self, home: Path, reference: str, at: tuple[str, ...]) -> str:
        """The bundle's own reference for one found in the file `home` at `at`. Raises _DanglingReference."""
        file, pointer = self.target(home, reference)
        parts = pointer.split("/")
        if len(parts) != 4 or parts[1] != "components":
            raise _DanglingReference(f"{reference} does not end in /components/<kind>/<Name>.")
        kind = _kind_at(at)
        if kind not in (None, parts[2]):
            raise _DanglingReference(f"{reference} is one of the {parts[2]}; expected one of the {kind}.")
        return self.adopt(file, parts[2], parts[3])

    def place(self, home: Path, at: tuple[str, ...]) -> str:
        """A place in the description: the file, the operation, and the keys within."""
        file = home.relative_to(self.folder).as_posix()
        if at[0] == "paths" and len(at) > 2:
            return f"{file}: {at[2].upper()} {at[1]}, at {' > '.join(at[3:])}"
        return f"{file}: {' > '.join(at)}"


def _check_words(operation: Document) -> None:
    """Raises ValueError for invalid evidence, access rules, effects or rate limits."""
    check_evidence(operation["x-evidence"])
    read_access(operation["x-access"])
    read_effects(operation.get("x-effects", [OWN]))
    if "x-rate-limit" in operation:
        read_limit(operation["x-rate-limit"])


def _kind_at(at: tuple[str, ...]) -> str | None:
    """The kind of component expected at a place; None if it is not known."""
    if "properties" in at[-3:-1]:
        return "schemas" if at[-2] == "properties" else None
    if at[-1] == "schema":
        return "schemas"
    return at[-2] if len(at) > 1 and at[-2] in ("parameters", "responses", "links", "examples") else None


def _values(node: Any) -> Iterable[Any]:
    return node.values() if is_object(node) else ()


def _pointer(*keys: str) -> str:
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def _read_yaml(path: Path) -> Document:
    import yaml  # Only needed when the cache has no bundle.

    class Loader(yaml.CSafeLoader):
        """YAML without dates: `2025-04-15` stays text, as in JSON. Keys that would change when read are refused."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
            constructor = cast("Any", super())
            written: set[str] = set()
            for key, _ in node.value:  # Before the keys of merged mappings join them.
                if key.value in written:
                    raise DescriptionError(f"{path}, line {key.start_mark.line + 1}: {key.value} is a duplicate key.")
                written.add(key.value)
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
        raise DescriptionError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
