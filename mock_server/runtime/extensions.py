"""The extensions of OpenAPI that the description uses: where they stand, and what they mean."""

from __future__ import annotations

EXTENSIONS: dict[str, tuple[str, str]] = {
    "x-access": ("operation", "The access rules, in the order in which they are applied."),
    "x-by-edition": ("any value", "A value that differs between editions: that of the last edition named counts."),
    "x-chosen-by": ("schema with `anyOf`", "The property that decides by which alternative a value is judged."),
    "x-default-unseen": ("property", "The default is applied after the body is checked, so refusals do not show it."),
    "x-effects": ("operation", "What a request does besides answering. Without it, a GET only reads."),
    "x-empty-is-default": ("query parameter", "An empty value counts as left out."),
    "x-evidence": ("operation", "How well the operation is known."),
    "x-failed-property": ("schema", "The property that is named where the object as a whole does not fit."),
    "x-forwards": ("the description", "Older paths, and the paths that they redirect to."),
    "x-ignores-blanks": ("query parameter", "Spaces around the items of a list, and empty items, are dropped."),
    "x-max-name-length": ("schema", "The greatest length of the names of free properties."),
    "x-rate-limit": ("operation", "A rate limit of its own, in place of the default one."),
    "x-read-as": ("property", "How a value is rewritten before it is checked."),
    "x-refusals-show-defaults": ("operation", "Refusals show the defaults of query parameters."),
    "x-rules": ("property or schema", "The names, and the texts, of the validation rules that a wrong value breaks."),
    "x-secret": (
        "property or security scheme",
        "The value, or with `part` a part of it, is secret and masked.",
    ),
    "x-since": ("any object", "The first edition that has the object."),
    "x-undecided": ("schema with `discriminator`", "The text for a value that chooses none of the alternatives."),
    "x-until": ("any object", "The first edition that no longer has the object."),
    "x-validation": ("operation", "`operation`: it checks its input itself. `joined`: one text for all complaints."),
}
