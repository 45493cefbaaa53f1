"""Nullable schemas are written out so that every tool reads them alike."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.nullable import write_out_nullables


def written_out(property_schema: dict[str, Any], **schemas: Any) -> tuple[Any, set[str]]:
    """A property of a schema that a path uses, and the names of the schemas that are left."""
    holder = {"type": "object", "properties": {"value": property_schema}}
    bundle = {
        "paths": {"/": {"schema": {"$ref": "#/components/schemas/Holder"}}},
        "components": {"schemas": {"Holder": holder, **schemas}},
    }
    write_out_nullables(bundle)
    left = bundle["components"]["schemas"]
    return left["Holder"]["properties"]["value"], set(left)


def referring_to(name: str) -> dict[str, Any]:
    """A nullable reference."""
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "nullable": True}


def test_a_nullable_reference_becomes_what_it_refers_to() -> None:
    """A reference cannot be loosened from outside."""
    schema, left = written_out(referring_to("Id"), Id={"type": "integer", "minimum": 1})
    assert schema == {"type": "integer", "minimum": 1, "nullable": True}
    assert left == {"Holder"}


def test_words_beside_the_reference_win() -> None:
    """They are about this property."""
    schema, _ = written_out(
        referring_to("Id") | {"description": "Whose."}, Id={"type": "integer", "description": "An id."}
    )
    assert schema["description"] == "Whose."


def test_a_nullable_enum_lists_null() -> None:
    """Else null is none of its values."""
    schema, _ = written_out({"type": "string", "enum": ["a"], "nullable": True})
    assert schema["enum"] == ["a", None]


def test_alternatives_stay_where_they_are() -> None:
    """They are too large to repeat, and named by discriminators."""
    schema, left = written_out(
        referring_to("Either"), Either={"anyOf": [{"$ref": "#/components/schemas/Part"}]}, Part={"type": "object"}
    )
    assert schema == referring_to("Either") | {"type": "object"}
    assert left == {"Holder", "Either", "Part"}
