"""Parses payload templates into nodes: text, outputs and blocks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from mock_server.runtime.integers import LARGEST
from mock_server.state.work import spend

CACHED_TEMPLATES = 64
CHARACTERS_PER_UNIT = 100
"""Characters that are parsed for one unit of work."""

STANDALONE = frozenset("#^/!e")

_TAG = re.compile(
    r"(?<!\\)(?P<escape>\\*)(?:"
    r"\{\{(?P<left>~?)!--(?P<comment>.*?)--(?P<right>~?)\}\}"
    r"|\{\{(?P<left2>~?)\{(?P<raw>[^{}]+)\}(?P<right2>~?)\}\}"
    r"|\{\{(?P<left3>~?)(?P<tag>(?:[^{}\"'\[]|\"[^\"]*\"|'[^']*'|\[[^\]]*\])*?)(?P<right3>~?)\}\})",
    re.DOTALL,
)
_WORD = re.compile(
    r"""\s*(?:(?P<option>[^\s"'=\[\]()|]+)=)?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>(?:\[[^\]]*\]|[^\s"'()|=])+))"""
)
_NAMES = re.compile(r"(?<!\s)\s+as\s+\|([^|]*)\|\s*$")
_PART = re.compile(r"\[(?P<quoted>[^\]]*)\]|(?P<plain>[^./\[\]]+)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}


class TemplateError(Exception):
    """The template is invalid; the text says why."""


class Path(msgspec.Struct, frozen=True):
    """A path to a value: `up` contexts outwards (`../`), then along `parts`. `is_data` means that it begins with @."""

    parts: tuple[str, ...]
    up: int = 0
    is_data: bool = False
    is_this: bool = False


class Literal(msgspec.Struct, frozen=True):
    """A literal value in the template."""

    value: Any


class Expression(msgspec.Struct, frozen=True):
    """The content of a tag: a path, or a helper's name with its arguments and named options."""

    name: str
    subject: Path | Literal
    arguments: tuple[Path | Literal, ...] = ()
    options: dict[str, Path | Literal] = msgspec.field(default_factory=dict[str, Path | Literal])


class Output(msgspec.Struct, frozen=True):
    """A value to output."""

    expression: Expression
    escaped: bool


class Block(msgspec.Struct):
    """A section that is rendered any number of times; `names` are its block parameters."""

    expression: Expression
    inverted: bool = False
    names: tuple[str, ...] = ()
    chained: bool = False
    body: list[Node] = msgspec.field(default_factory=list["Node"])
    inverse: list[Node] = msgspec.field(default_factory=list["Node"])
    has_else: bool = False

    def add(self, node: Node) -> None:
        """Adds a node to the body, or after `{{else}}` to the inverse."""
        (self.inverse if self.has_else else self.body).append(node)


Node = str | Output | Block


class _Piece(msgspec.Struct):
    """Text, or a tag with its mark: `#`, `^`, `/`, `!`, `e` (else), `=` (escaped) or `&` (raw)."""

    text: str
    mark: str = ""
    left: bool = False
    right: bool = False


@lru_cache(maxsize=CACHED_TEMPLATES)
def parse(template: str) -> list[Node]:
    """The nodes of `template`; cached, so callers must not modify them. Raises TemplateError."""
    # For each opening tag, the regular expression may scan to the end of the template.
    spend(template.count("{{") * len(template) // CHARACTERS_PER_UNIT)
    pieces = _split(template)
    _strip(pieces)
    root = Block(Expression("", Path(())))
    open_blocks = [root]
    for piece in pieces:
        if piece.mark == "":
            if piece.text:
                open_blocks[-1].add(piece.text)
        elif piece.mark in "=&":
            open_blocks[-1].add(Output(_expression(piece.text), piece.mark == "="))
        elif piece.mark in "#^":
            _open(piece, open_blocks)
        elif piece.mark == "e":
            _else(piece, open_blocks)
        elif piece.mark == "/":
            _close(piece, open_blocks)
    if len(open_blocks) > 1:
        raise TemplateError(f"The block {open_blocks[-1].expression.name} is not closed")
    return root.body


def _open(piece: _Piece, open_blocks: list[Block]) -> None:
    block = _new_block(piece.text, inverted=piece.mark == "^")
    open_blocks[-1].add(block)
    open_blocks.append(block)


def _else(piece: _Piece, open_blocks: list[Block]) -> None:
    if len(open_blocks) == 1 or open_blocks[-1].has_else:
        raise TemplateError("{{else}} is used outside a block")
    open_blocks[-1].has_else = True
    if piece.text:
        chained = _new_block(piece.text)
        chained.chained = True
        open_blocks[-1].add(chained)
        open_blocks.append(chained)


def _close(piece: _Piece, open_blocks: list[Block]) -> None:
    while len(open_blocks) > 1 and open_blocks[-1].chained:
        open_blocks.pop()
    if len(open_blocks) == 1 or open_blocks[-1].expression.name != piece.text:
        raise TemplateError(f"The block {piece.text} is closed but not open")
    open_blocks.pop()


def _new_block(text: str, *, inverted: bool = False) -> Block:
    names = _NAMES.search(text)
    if names:
        text = text[: names.start()]
    return Block(_expression(text), inverted, tuple(names[1].split()) if names else ())


def _split(template: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    position = 0
    for found in _TAG.finditer(template):
        before = template[position : found.start()]
        position = found.end()
        escape = found["escape"]
        if len(escape) % 2:
            # An odd number of backslashes escapes the braces; two backslashes are a literal one before a tag.
            pieces.append(_Piece(before + escape[1:] + found[0][len(escape) :]))
            continue
        pieces.append(_Piece(before + escape[1:]))
        left = "~" in (found["left"] or "", found["left2"] or "", found["left3"] or "")
        right = "~" in (found["right"] or "", found["right2"] or "", found["right3"] or "")
        mark, text = _mark(found)
        pieces.append(_Piece(text, mark, left, right))
    rest = template[position:]
    if "{{" in rest:
        raise TemplateError("A tag is not closed")
    pieces.append(_Piece(rest))
    return pieces


def _mark(found: re.Match[str]) -> tuple[str, str]:
    if found["comment"] is not None:
        return "!", ""
    if found["raw"] is not None:
        return "&", found["raw"].strip()
    text = found["tag"].strip()
    if not text or text[0] in ">*":
        raise TemplateError(f"{{{{{text}}}}} cannot be used here")
    if text in ("else", "^"):
        return "e", ""
    if text.startswith("else "):
        return "e", text[5:].strip()
    if text[0] in "#^/!&":
        return text[0], text[1:].strip()
    return "=", text


def _strip(pieces: list[_Piece]) -> None:
    """Strips whitespace next to `~`, and lines that hold nothing but a block's tag."""
    for index, piece in enumerate(pieces):
        if not piece.mark:
            continue
        before, after = pieces[index - 1], pieces[index + 1]
        if piece.mark in STANDALONE and _stands_alone(pieces, index):
            before.text = before.text.rstrip(" \t")
            after.text = re.sub(r"^[ \t]*\r?\n?", "", after.text, count=1)
        if piece.left:
            before.text = before.text.rstrip()
        if piece.right:
            after.text = after.text.lstrip()


def _stands_alone(pieces: list[_Piece], index: int) -> bool:
    before, after = pieces[index - 1].text, pieces[index + 1].text
    starts = re.search(r"(?:^|\n)[ \t]*$", before) if index == 1 else re.search(r"\n[ \t]*$", before)
    ends = re.match(r"[ \t]*(?:\r?\n|$)" if index == len(pieces) - 2 else r"[ \t]*\r?\n", after)
    return starts is not None and ends is not None


def _expression(text: str) -> Expression:
    words: list[Path | Literal] = []
    options: dict[str, Path | Literal] = {}
    position = 0
    while position < len(text):
        found = _WORD.match(text, position)
        if found is None:
            if text[position:].isspace():
                break
            raise TemplateError(f"{text} is not a valid expression")
        position = found.end()
        word = _word(found)
        if found["option"]:
            options[found["option"]] = word
        else:
            words.append(word)
    if not words:
        raise TemplateError("A tag is empty")
    return Expression(_WORD.match(text)[0].strip(), words[0], tuple(words[1:]), options)  # type: ignore[index]


def _word(found: re.Match[str]) -> Path | Literal:
    for quote in ("double", "single"):
        if found[quote] is not None:
            return Literal(found[quote])
    bare = found["bare"]
    if bare in _CONSTANTS:
        return Literal(_CONSTANTS[bare])
    if _NUMBER.fullmatch(bare):
        number = float(bare)
        return Literal(int(bare) if abs(number) <= LARGEST and "." not in bare else number)
    return _path(bare)


def _path(text: str) -> Path:
    is_data = text.startswith("@")
    rest = text.removeprefix("@")
    up = 0
    while rest.startswith(".."):
        up += 1
        rest = rest[2:].removeprefix("/")
    is_this = bool(re.match(r"(this|\.)([./]|$)", rest))
    if is_this:
        rest = re.sub(r"^(this|\.)[./]?", "", rest)
    parts = tuple(found["plain"] if found["quoted"] is None else found["quoted"] for found in _PART.finditer(rest))
    return Path(parts, up, is_data, is_this)
