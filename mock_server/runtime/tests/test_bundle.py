"""Many files become one document that keeps the names of components; faults are reported in one line."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml
from prance.util.resolver import RefResolver
from prance.util.url import absurl

from mock_server.runtime import bundle as bundles
from mock_server.runtime import bundle_cache
from mock_server.runtime.bundle import (
    HTTP_METHODS,
    DescriptionError,
    Document,
    Sources,
    description_folder,
    load_bundle,
    make_bundle,
    validate,
)
from mock_server.runtime.editions import EDITIONS, chosen_edition

ROOT = {
    "openapi": "3.0.3",
    "info": {"title": "Notes", "version": "2025-04-15"},
    "tags": [{"name": "Notes"}],
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    "paths": {"/v2/notes/{id}": {"$ref": "notes/notes.yaml#/paths/~1v2~1notes~1{id}"}},
}
NOTES: dict[str, Any] = {
    "paths": {
        "/v2/notes/{id}": {
            "get": {
                "operationId": "get_note",
                "tags": ["Notes"],
                "summary": "Get a note",
                "x-access": ["authenticated"],
                "x-evidence": "source",
                "parameters": [{"$ref": "../shared/parameters.yaml#/components/parameters/NoteId"}],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}},
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "properties": {
                    "day": {"type": "string", "example": "2025-04-15"},
                    "replies": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}},
                },
            }
        }
    },
}
PARAMETERS: dict[str, Any] = {
    "components": {
        "parameters": {
            "NoteId": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
            "Trace": {"name": "x-trace", "in": "header", "required": False, "schema": {"type": "string"}},
        }
    },
    "implied": {"every operation": [{"$ref": "#/components/parameters/Trace"}]},
}
ERRORS: dict[str, Any] = {
    "components": {"responses": {"Refused": {"description": "Refused"}, "Missing": {"description": "Missing"}}},
    "implied": {
        "every operation": {"400": {"$ref": "#/components/responses/Refused"}},
        "with access rules": {"403": {"$ref": "#/components/responses/Refused"}},
        "with path parameters": {"404": {"$ref": "#/components/responses/Missing"}},
        "get": {"304": {"description": "Not modified"}},
    },
}


@pytest.fixture
def files() -> dict[str, Any]:
    """The files of a description, which a test may change before it writes them."""
    parts = {"openapi": ROOT, "notes/notes": NOTES, "shared/parameters": PARAMETERS, "shared/errors": ERRORS}
    return {name: json.loads(json.dumps(part)) for name, part in parts.items()}


def written(folder: Path, files: dict[str, Any]) -> Path:
    for name, part in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(part if isinstance(part, str) else yaml.safe_dump(part), encoding="utf-8")
    return folder


def complaint(folder: Path, files: dict[str, Any]) -> str:
    with pytest.raises(DescriptionError) as error:
        validate(make_bundle(written(folder, files)))
    text = str(error.value)
    assert "\n" not in text
    return text


def references(node: Any) -> Iterator[str]:
    """All references in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def test_components_move_to_the_top_level_under_their_own_names(tmp_path: Path, files: dict[str, Any]) -> None:
    bundle = make_bundle(written(tmp_path, files))
    assert set(bundle["components"]["schemas"]) == {"Note"}
    assert set(bundle["components"]["parameters"]) == {"NoteId", "Trace"}
    assert set(references(bundle)) == {
        "#/components/schemas/Note",
        "#/components/parameters/NoteId",
        "#/components/parameters/Trace",
        "#/components/responses/Refused",
        "#/components/responses/Missing",
    }
    validate(bundle)


def test_implied_parts_are_added_and_explicit_ones_kept(tmp_path: Path, files: dict[str, Any]) -> None:
    get = files["notes/notes"]["paths"]["/v2/notes/{id}"]["get"]
    get["responses"]["404"] = {"description": "No such note"}
    operation = make_bundle(written(tmp_path, files))["paths"]["/v2/notes/{id}"]["get"]
    assert list(operation["responses"]) == ["200", "304", "400", "403", "404"]
    assert operation["responses"]["404"] == {"description": "No such note"}
    assert operation["x-area"] == "notes"
    assert operation["x-file"] == "notes/notes.yaml"


def test_dates_in_yaml_stay_text(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/notes"] = yaml.safe_dump(NOTES).replace("'2025-04-15'", "2025-04-15")
    bundle = make_bundle(written(tmp_path, files))
    assert bundle["components"]["schemas"]["Note"]["properties"]["day"]["example"] == "2025-04-15"


def test_keys_that_yaml_would_change_are_refused(tmp_path: Path, files: dict[str, Any]) -> None:
    text = yaml.safe_dump(NOTES)
    files["notes/notes"] = text.replace("'200'", "200")
    operation = make_bundle(written(tmp_path, files))["paths"]["/v2/notes/{id}"]["get"]
    assert "200" in operation["responses"]
    for written_key, read in (("off", "False"), ("null", "None"), ("0200", "128"), ("2_00", "200")):
        files["notes/notes"] = text.replace("'200'", written_key)
        line = text.splitlines().index("        '200':") + 1
        reason = f"notes.yaml, line {line}: YAML reads the key {written_key} as {read}. Quote it."
        assert complaint(tmp_path, files).endswith(reason)


def test_duplicate_keys_are_refused(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/notes"] = yaml.safe_dump(NOTES).replace("summary: Get a note", "tags: [Notes]")
    assert re.search(r"notes\.yaml, line \d+: tags is a duplicate key\.$", complaint(tmp_path, files))


def test_a_link_to_an_unknown_operation_is_refused(tmp_path: Path, files: dict[str, Any]) -> None:
    success = files["notes/notes"]["paths"]["/v2/notes/{id}"]["get"]["responses"]["200"]
    success["links"] = {"again": {"operationId": "get_notes"}}
    assert complaint(tmp_path, files) == (
        f"{PLACE}, at responses > 200 > links > again: there is no operation get_notes; did you mean get_note?"
    )


def test_component_names_are_unique_across_files(tmp_path: Path, files: dict[str, Any]) -> None:
    other = {"components": {"schemas": {"Note": {"type": "string"}}}}
    files["other/other"] = other
    note = files["notes/notes"]["components"]["schemas"]["Note"]
    note["properties"]["other"] = {"$ref": "../other/other.yaml#/components/schemas/Note"}
    assert complaint(tmp_path, files) == "Two files define schemas Note: notes/notes.yaml and other/other.yaml."


PLACE = "notes/notes.yaml: GET /v2/notes/{id}"


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("nowhere.yaml#/components/parameters/NoteId", "there is no file notes/nowhere.yaml."),
        ("../../x.yaml#/components/parameters/NoteId", "../../x.yaml#/components/parameters/NoteId leads outside the "),
        ("#/components/parameters/Nobody", "notes/notes.yaml has no /components/parameters/Nobody."),
        (
            "../shared/parameters.yaml#/components/parameters/NotId",
            "shared/parameters.yaml has no /components/parameters/NotId; did you mean NoteId?",
        ),
        (
            "#/components/schemas/Note",
            "#/components/schemas/Note is one of the schemas; expected one of the parameters.",
        ),
        ("#/paths", "#/paths does not end in /components/<kind>/<Name>."),
    ],
)
def test_a_bad_reference_is_reported_with_its_place(
    tmp_path: Path, files: dict[str, Any], reference: str, reason: str
) -> None:
    files["notes/notes"]["paths"]["/v2/notes/{id}"]["get"]["parameters"][0]["$ref"] = reference
    assert complaint(tmp_path, files).startswith(f"{PLACE}, at parameters > 0: {reason}")


def test_a_bad_reference_in_a_component_is_reported_with_its_place(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/notes"]["components"]["schemas"]["Note"]["properties"]["replies"]["items"]["$ref"] += "s"
    assert complaint(tmp_path, files) == (
        "notes/notes.yaml: components > schemas > Note > properties > replies > items: "
        "notes/notes.yaml has no /components/schemas/Notes; did you mean Note?"
    )


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (
            {"get": {}},
            " has to lead to the file that describes it: {$ref: '<area>/<group>.yaml#/paths/~1v2~1notes~1{id}'}.",
        ),
        ({"$ref": "notes/notes.yaml#/paths/~1v2~1notes"}, " has to lead to the file that describes it: "),
        ({"$ref": "notes/note.yaml#/paths/~1v2~1notes~1{id}"}, ": there is no file notes/note.yaml."),
        (
            {"$ref": "shared/errors.yaml#/paths/~1v2~1notes~1{id}"},
            ": shared/errors.yaml has no /paths/~1v2~1notes~1{id}.",
        ),
    ],
)
def test_a_path_must_refer_to_its_file(tmp_path: Path, files: dict[str, Any], item: Any, reason: str) -> None:
    files["openapi"]["paths"]["/v2/notes/{id}"] = item
    assert complaint(tmp_path, files).startswith(f"openapi.yaml: /v2/notes/{{id}}{reason}")


def test_a_file_that_nothing_refers_to_is_refused(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/left-over"] = {"components": {"schemas": {"Draft": {"type": "object"}}}}
    assert complaint(tmp_path, files) == (
        "notes/left-over.yaml: nothing refers to this file, and it describes no path."
    )


@pytest.mark.parametrize("file", ["notes/notes", "notes/replies"])
def test_a_described_path_must_be_listed(tmp_path: Path, files: dict[str, Any], file: str) -> None:
    files.setdefault(file, {"paths": {}})["paths"]["/v2/replies"] = {}
    assert complaint(tmp_path, files) == (
        f"{file}.yaml: openapi.yaml does not list the path /v2/replies. Add to its paths: "
        f"/v2/replies: {{$ref: '{file}.yaml#/paths/~1v2~1replies'}}"
    )


def test_description_files_must_end_in_yaml(tmp_path: Path, files: dict[str, Any]) -> None:
    written(tmp_path, files)
    (tmp_path / "notes" / "replies.yml").write_text("paths: {}", encoding="utf-8")
    assert complaint(tmp_path, files) == "notes/replies.yml: description files must end in .yaml."


def test_operation_ids_are_unique(tmp_path: Path, files: dict[str, Any]) -> None:
    item = files["notes/notes"]["paths"]["/v2/notes/{id}"]
    item["delete"] = {**item["get"], "x-effects": ["own"]}
    assert complaint(tmp_path, files) == (
        "notes/notes.yaml: DELETE /v2/notes/{id}: the operationId get_note is already used by "
        "notes/notes.yaml: GET /v2/notes/{id}."
    )


@pytest.mark.parametrize("key", ["operationId", "tags", "summary", "x-access", "responses"])
def test_operations_have_required_keys(tmp_path: Path, files: dict[str, Any], key: str) -> None:
    del files["notes/notes"]["paths"]["/v2/notes/{id}"]["get"][key]
    assert complaint(tmp_path, files).startswith(f"{PLACE} has no {key}; ")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"tags": ["Nots"]}, "openapi.yaml has no tag 'Nots'; did you mean Notes?"),
        ({"responses": {"default": {}}}, "responses are keyed by status, such as '200', not 'default'."),
        (
            {"x-access": "authenticated"},
            "x-access is a list of rules, such as [authenticated], but ",
        ),
        ({"x-access": [{"plan": "B", "role": "A"}]}, "{'plan': 'B', 'role': 'A'} in x-access is no rule: write "),
    ],
)
def test_an_invalid_part_of_an_operation_is_reported(
    tmp_path: Path, files: dict[str, Any], part: dict[str, Any], reason: str
) -> None:
    files["notes/notes"]["paths"]["/v2/notes/{id}"]["get"] |= part
    assert complaint(tmp_path, files).startswith(f"{PLACE}: {reason}")


def test_malformed_parts_are_reported_by_the_openapi_validator(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/notes"]["paths"]["/v2/notes/{id}"]["get"]["parameters"] = {"id": 1}
    with pytest.raises(DescriptionError, match=r"^The description is not valid OpenAPI: at paths//v2/notes/\{id\}/get"):
        Sources(written(tmp_path, files)).make_valid(chosen_edition())


@pytest.mark.parametrize(
    ("effects", "text"),
    [
        ({}, "has no x-effects; `x-effects: [own]` means that it changes one object of its caller."),
        ({"x-effects": []}, ": x-effects is a list of effects."),
        ({"x-effects": "own"}, ": x-effects is a list of effects."),
        ({"x-effects": ["own", "maybe"]}, ": x-effects names unknown effects: maybe. There are: own, caller, "),
        ({"x-effects": [{"caller": "isDefault"}]}, ": {'caller': 'isDefault'} in x-effects is no effect: write `own`"),
    ],
)
def test_every_write_declares_its_effects(
    tmp_path: Path, files: dict[str, Any], effects: dict[str, Any], text: str
) -> None:
    item = files["notes/notes"]["paths"]["/v2/notes/{id}"]
    item["delete"] = {**item["get"], "operationId": "delete_note", **effects}
    found = complaint(tmp_path, files)
    assert found.startswith("notes/notes.yaml: DELETE /v2/notes/{id}")
    assert text in found


def test_known_effects_are_kept(tmp_path: Path, files: dict[str, Any]) -> None:
    item = files["notes/notes"]["paths"]["/v2/notes/{id}"]
    effects = ["own", {"caller": ["isDefault"]}]
    item["delete"] = {**item["get"], "operationId": "delete_note", "x-effects": effects}
    assert make_bundle(written(tmp_path, files))["paths"]["/v2/notes/{id}"]["delete"]["x-effects"] == effects


def test_invalid_openapi_is_refused_with_its_place(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/notes"]["components"]["schemas"]["Note"]["type"] = "text"
    text = complaint(tmp_path, files)
    assert text.startswith("The description is not valid OpenAPI: at components/schemas/Note: ")


def test_invalid_yaml_is_refused(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/notes"] = "paths: {"
    with pytest.raises(DescriptionError, match=r"^.*notes\.yaml is not YAML: .*line 2, column 1$"):
        make_bundle(written(tmp_path, files))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Empties the cache; collects the folders from which bundles are made."""
    monkeypatch.setattr(bundle_cache, "cache_folder", lambda: tmp_path / "cache")
    folders: list[Path] = []
    make = Sources.make

    def noted(sources: Sources, edition: str) -> Document:
        folders.append(sources.folder)
        return make(sources, edition)

    monkeypatch.setattr(Sources, "make", noted)
    return folders


def test_the_bundle_is_cached_until_a_file_changes(tmp_path: Path, files: dict[str, Any], made: list[Path]) -> None:
    folder = written(tmp_path / "openapi", files)
    first = load_bundle(folder)
    assert load_bundle(folder) == first
    assert len(made) == 1
    [cached] = (tmp_path / "cache").glob("bundle-*")
    cached.write_text("{ torn", encoding="utf-8")
    assert load_bundle(folder) == first
    files["openapi"]["info"]["title"] = "Other notes"
    written(folder, files)
    assert load_bundle(folder)["info"]["title"] == "Other notes"
    assert len(made) == 3


def test_a_packaged_bundle_is_used_while_it_matches_its_sources(
    tmp_path: Path, files: dict[str, Any], made: list[Path]
) -> None:
    folder = written(tmp_path / "openapi", files)
    packaged = folder / Sources(folder).file_name(chosen_edition())
    packaged.write_text(json.dumps({"info": {"title": "Packaged notes"}}), encoding="utf-8")
    assert load_bundle(folder)["info"]["title"] == "Packaged notes"
    assert not made
    files["openapi"]["info"]["title"] = "Other notes"
    assert load_bundle(written(folder, files))["info"]["title"] == "Other notes"
    assert made == [folder]


def test_the_name_of_a_bundle_depends_on_all_code_that_makes_it() -> None:
    graph = grimp.build_graph("mock_server")
    used = graph.find_modules_directly_imported_by(bundles.__name__) - {bundle_cache.__name__}
    used = {name for name in used if name.startswith("mock_server.runtime.")}
    assert {*used, bundles.__name__} == {
        f"mock_server.runtime.{path.stem}" for path in bundles.BUNDLER if path.parent.name == "runtime"
    }


@pytest.fixture(scope="module")
def real() -> Any:
    return load_bundle()


def test_operation_ids_of_the_real_bundle_are_unique(real: Any) -> None:
    names = [
        item[method]["operationId"] for item in real["paths"].values() for method in HTTP_METHODS if method in item
    ]
    assert len(names) == len(set(names)) > 0


def test_references_of_the_real_bundle_have_targets(real: Any) -> None:
    for reference in set(references(real)):
        _, components, kind, name = reference.split("/")
        assert components == "components"
        assert name in real["components"][kind]


def resolved_by_prance(document: Document, path: Path) -> Document:
    """`document`, as if read from `path`, with all references resolved; recursive ones are cut off."""
    resolver = RefResolver(copy.deepcopy(document), absurl(path.as_uri()), recursion_limit_handler=lambda *_: {})
    resolver.resolve_references()
    return resolver.specs


@pytest.mark.slow("prance takes seconds to resolve all references")
def test_the_bundle_is_equivalent_to_its_files() -> None:
    """prance, resolving the references from file to file by itself, arrives at the same paths."""
    path = description_folder().resolve() / "openapi.yaml"
    files = resolved_by_prance(bundles._read_yaml(path), path)
    bundled = resolved_by_prance(Sources(path.parent).gather(), path)
    assert files["paths"] == bundled["paths"]
    assert "$ref" not in json.dumps(files["paths"])


FIRST, SECOND = EDITIONS[:2]


def test_a_bundle_has_only_the_parts_of_its_edition(tmp_path: Path, files: dict[str, Any]) -> None:
    item = files["notes/notes"]["paths"]["/v2/notes/{id}"]
    get, schemas = item["get"], files["notes/notes"]["components"]["schemas"]
    note = schemas["Note"]
    note["required"] = ["day", "mood"]
    note["properties"]["mood"] = {"x-since": SECOND, "allOf": [{"$ref": "#/components/schemas/Mood"}]}
    schemas["Mood"] = {"type": "string", "enum": ["good", {"value": "bad", "x-until": SECOND}]}
    content = get["responses"]["200"]["content"]["application/json"]
    content["example"] = {"day": "x", "mood": "good", "replies": [{"day": "y", "mood": "good"}]}
    get["responses"]["200"]["links"] = {"delete": {"operationId": "delete_note"}}
    get["responses"]["409"] = {"x-since": SECOND, "description": "Conflict"}
    item["delete"] = {**get, "operationId": "delete_note", "x-effects": ["own"], "tags": ["Ends"], "x-since": SECOND}
    files["openapi"]["tags"].append({"name": "Ends"})
    folder = written(tmp_path, files)
    old, new = (make_bundle(folder, edition) for edition in (FIRST, SECOND))
    for bundle in (old, new):
        validate(bundle)
        assert not re.search("x-since|x-until|x-by-edition|x-narrowed", json.dumps(bundle))
    assert [set(each["paths"]["/v2/notes/{id}"]) for each in (old, new)] == [{"get"}, {"get", "delete"}]
    assert [each["tags"] for each in (old, new)] == [[{"name": "Notes"}], [{"name": "Notes"}, {"name": "Ends"}]]
    assert set(old["components"]["schemas"]) == {"Note"}
    assert new["components"]["schemas"]["Mood"]["enum"] == ["good"]
    assert old["components"]["schemas"]["Note"]["required"] == ["day"]
    operation = old["paths"]["/v2/notes/{id}"]["get"]
    assert "409" not in operation["responses"]
    assert not operation["responses"]["200"]["links"]
    assert operation["responses"]["200"]["content"]["application/json"]["example"] == {
        "day": "x",
        "replies": [{"day": "y"}],
    }
    assert operation["x-projected"]
    assert "x-projected" not in json.dumps(new)


def test_a_path_whose_operations_belong_to_another_edition_is_left_out(tmp_path: Path, files: dict[str, Any]) -> None:
    paths = files["notes/notes"]["paths"]
    paths["/v2/notes/last"] = json.loads(json.dumps(paths["/v2/notes/{id}"]))
    paths["/v2/notes/last"]["get"]["operationId"] = "get_last_note"
    files["openapi"]["paths"]["/v2/notes/last"] = {"$ref": "notes/notes.yaml#/paths/~1v2~1notes~1last"}
    paths["/v2/notes/{id}"]["get"]["x-since"] = SECOND
    files["openapi"]["paths"]["/v2/notes/last"]["x-until"] = SECOND
    assert list(make_bundle(written(tmp_path, files), FIRST)["paths"]) == ["/v2/notes/last"]
    assert list(make_bundle(tmp_path, SECOND)["paths"]) == ["/v2/notes/{id}"]


def test_an_unknown_edition_is_reported_with_file_and_place(tmp_path: Path, files: dict[str, Any]) -> None:
    files["notes/notes"]["components"]["schemas"]["Note"]["properties"]["day"]["x-since"] = "2026-04"
    assert complaint(tmp_path, files) == (
        "notes/notes.yaml, at /components/schemas/Note/properties/day: x-since has the unknown edition 2026-04. "
        f"The editions are: {', '.join(EDITIONS)}."
    )


def test_every_operation_states_its_evidence(tmp_path: Path, files: dict[str, Any]) -> None:
    get = files["notes/notes"]["paths"]["/v2/notes/{id}"]["get"]
    made = make_bundle(written(tmp_path, files))["paths"]["/v2/notes/{id}"]["get"]
    assert made["description"].startswith("**Evidence: source**: ")
    get["x-evidence"] = "hearsay"
    assert complaint(tmp_path, files) == f"{PLACE}: the x-evidence 'hearsay' is none of recorded, source, published."
    del get["x-evidence"]
    assert complaint(tmp_path, files).startswith(f"{PLACE} has no x-evidence; how well it is known: recorded, source,")


def test_versions_of_a_path_are_separate_operations(tmp_path: Path, files: dict[str, Any]) -> None:
    key = "/v2/notes/{id}#2024-04-15"
    paths = files["notes/notes"]["paths"]
    header = {"name": "cal-api-version", "in": "header", "required": True, "schema": {"enum": ["2024-08-13"]}}
    paths[key] = json.loads(json.dumps(paths["/v2/notes/{id}"]))
    paths["/v2/notes/{id}"]["get"]["parameters"].append(header)
    older = header | {"required": False, "schema": {"enum": ["2024-04-15"]}}
    paths[key]["get"] |= {"operationId": "get_old_note", "parameters": [*paths[key]["get"]["parameters"], older]}
    files["openapi"]["paths"][key] = {"$ref": "notes/notes.yaml#/paths/~1v2~1notes~1{id}#2024-04-15"}
    bundle = make_bundle(written(tmp_path, files))
    validate(bundle)
    assert [bundle["paths"][each]["get"]["operationId"] for each in bundle["paths"]] == ["get_note", "get_old_note"]
    older["schema"] = {"enum": ["2024-08-13", "2024-04-15"]}
    assert complaint(tmp_path, files) == (
        "notes/notes.yaml: GET /v2/notes/{id}#2024-04-15 serves cal-api-version 2024-08-13, as does "
        "notes/notes.yaml: GET /v2/notes/{id}. Only one of them may."
    )
    older["schema"] = {"enum": ["2024-04-15"]}
    del header["required"]
    assert complaint(tmp_path, files).startswith(
        "notes/notes.yaml: GET /v2/notes/{id}: cal-api-version must be `required: true`, because 2024-04-15, the "
    )


def test_the_differences_between_editions_are_cached_beside_their_bundles(
    tmp_path: Path, files: dict[str, Any], made: list[Path]
) -> None:
    note = files["notes/notes"]["components"]["schemas"]["Note"]
    note["properties"]["mood"] = {"x-since": SECOND, "type": "string"}
    sources = Sources(written(tmp_path / "openapi", files))
    [changed] = sources.differences()[f"{FIRST} {SECOND}"]["changed"]
    assert (changed["id"], changed["changes"]) == ("get_note", {"reply": {"added": ["mood"], "removed": []}})
    times = len(made)
    assert Sources(sources.folder).differences() == sources.differences()
    assert len(made) == times == len(EDITIONS)
