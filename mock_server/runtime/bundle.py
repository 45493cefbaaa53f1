"""Turns the many files of ``openapi/`` into one document, keeping the names of components.

The bundle is what the server runs on, what it serves and what the fuzzer reads. prance validates it. Since that and
reading YAML take seconds, a wheel comes with the bundle, and a checkout keeps it in a cache; both under a name made of
the content of all source files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

from mock_server.runtime import effects, integers, json_values, nullable
from mock_server.runtime.bundle_cache import cached_bundle, read_bundle
from mock_server.runtime.effects import read_effects
from mock_server.runtime.integers import bound_integers
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.nullable import write_out_nullables
from mock_server.state.errors import Unusable

BUNDLER = (Path(__file__), *(Path(str(each.__file__)) for each in (effects, integers, json_values, nullable)))
"""The code that decides what a bundle looks like. Its content is part of a bundle's name."""

HTTP_METHODS = ("get", "put", "post", "delete", "patch")

Document = dict[str, Any]


class DescriptionError(Unusable):
    """The description is wrong; the text says where and what would be right."""


def description_folder() -> Path:
    """The folder with ``openapi.yaml``: packaged beside the code, or at the top of a checkout."""
    packaged = Path(__file__).parent.parent / "openapi"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent.parent / "openapi"


def load_bundle(folder: Path | None = None) -> Document:
    """The bundle of `folder`: the one that was packaged with it, or was made of the same content before.

    Raises DescriptionError when the sources are not a valid description.
    """
    folder = folder or description_folder()
    name = bundle_name(folder)
    return read_bundle(folder / name) or cached_bundle(name, partial(make_valid_bundle, folder))


def bundle_name(folder: Path) -> str:
    """The file name of the bundle of `folder`: the same for the same content of its files and of the bundler's code."""
    digest = hashlib.sha256()
    for path in BUNDLER:
        digest.update(path.read_bytes() + b"\0")
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*.yaml")):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"bundle-{digest.hexdigest()[:24]}.json"


def make_valid_bundle(folder: Path) -> Document:
    """Bundles and validates. Raises DescriptionError."""
    bundle = make_bundle(folder)
    validate(bundle)
    return bundle


def make_bundle(folder: Path) -> Document:
    """Bundles ``folder/openapi.yaml`` with all that it refers to. Does not validate."""
    return _Bundler(folder).bundle()


def gather(folder: Path) -> Document:
    """All files of the description in one document, with nothing added to them."""
    return _Bundler(folder).gather()


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
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.files: dict[Path, Document] = {}
        self.homes: dict[tuple[str, str], Path] = {}
        self.components: dict[str, Document] = {}
        self.areas: dict[str, str] = {}

    def bundle(self) -> Document:
        bundle = self.gather()
        for path, item in bundle["paths"].items():
            for method in HTTP_METHODS:
                if method in item:
                    self.complete(item[method], self.areas[path], method)
        # Completing has added components.
        bundle["components"] = {kind: dict(sorted(named.items())) for kind, named in sorted(self.components.items())}
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
        bundle["paths"] = {path: self.path_item(root_path, path, item) for path, item in root["paths"].items()}
        bundle["components"] = self.components
        return bundle

    def read(self, path: Path) -> Document:
        if path not in self.files:
            if not path.is_file():
                raise DescriptionError(f"There is no file {path.relative_to(self.folder)} in the description.")
            self.files[path] = _read_yaml(path)
        return self.files[path]

    def path_item(self, root_path: Path, path: str, item: Document) -> Document:
        home, pointer = self.target(root_path, item["$ref"])
        operations = self.rewrite(home, self.look_up(home, pointer))
        file = home.relative_to(self.folder)
        self.areas[path] = file.parts[0]
        for method in HTTP_METHODS:
            if method in operations:
                self.check(operations[method], method, f"{file}: {method.upper()} {path}")
        return operations

    def check(self, operation: Document, method: str, place: str) -> None:
        """Whether an operation says who may call it, and what it does to others. Raises DescriptionError."""
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
        if any(parameter["name"] == "cal-api-version" and parameter["required"] for parameter in parameters):
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
                raise DescriptionError(f"{home.relative_to(self.folder)} has no {pointer}.")
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
