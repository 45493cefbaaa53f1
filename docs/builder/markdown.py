"""Reads and writes the Markdown of pages: headings, sections, code fences, tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")
BLOCK_NOTE = re.compile(r"^ *(?P<language>\w+) +(?P<kind>file|not run|shortened by|tested by): *(?P<note>.+)$")
"""What may stand behind the opening fence of a code block."""
HEADING = re.compile(r"^(#+) (.+)$")
CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*\*([^*]+)\*\*")


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def prose_lines(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is outside of code fences."""
    closing = ""
    for line in lines:
        fence = FENCE.match(line)
        if closing:
            if fence is not None and line.strip() == closing:
                closing = ""
            yield line, False
        elif fence is not None:
            closing = fence["ticks"]
            yield line, False
        else:
            yield line, True


def map_prose(text: str, change: Callable[[str], str]) -> str:
    """`text` with `change` applied to each line outside of code fences."""
    return "\n".join(change(line) if is_prose else line for line, is_prose in prose_lines(text.split("\n")))


def headings(text: str) -> list[tuple[int, str]]:
    """The level and the text of each heading."""
    found = [HEADING.match(line) for line, is_prose in prose_lines(text.split("\n")) if is_prose]
    return [(len(each[1]), each[2].strip()) for each in found if each is not None]


def section(text: str, anchor: str) -> str:
    """The section with this anchor, from its heading up to the next one that is not below it. Raises LookupError."""
    taken: list[str] = []
    level = 0
    for line, is_prose in prose_lines(text.split("\n")):
        heading = HEADING.match(line) if is_prose else None
        if heading is not None and level and len(heading[1]) <= level:
            break
        if heading is not None and not level and slug(heading[2].strip()) == anchor:
            level = len(heading[1])
        if level:
            taken.append(line)
    if not level:
        raise LookupError(f"there is no section #{anchor}")
    return "\n".join(taken).strip() + "\n"


def head(text: str) -> str:
    """`text` up to its second heading."""
    taken: list[str] = []
    for line, is_prose in prose_lines(text.split("\n")):
        if is_prose and HEADING.match(line) and taken:
            break
        taken.append(line)
    return "\n".join(taken).strip() + "\n"


def shift_headings(text: str, by: int) -> str:
    """`text` with all headings `by` levels deeper; negative numbers raise them."""

    def shifted(line: str) -> str:
        heading = HEADING.match(line)
        return line if heading is None else f"{'#' * max(1, len(heading[1]) + by)} {heading[2]}"

    return map_prose(text, shifted)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as a block of HTML: long tables of Markdown take many times as long to build."""
    lines = [f"<tr>{''.join(f'<th>{html(cell)}</th>' for cell in head)}</tr>", "</thead><tbody>"]
    lines += [f"<tr>{''.join(f'<td>{html(cell)}</td>' for cell in row)}</tr>" for row in rows]
    return '<div class="table-wrapper"><table class="docutils"><thead>' + "\n".join(lines) + "</tbody></table></div>\n"


def html_list(items: Iterable[str]) -> str:
    """A list as a block of HTML."""
    return "<ul>\n" + "\n".join(f"<li>{html(item)}</li>" for item in items) + "\n</ul>\n"


def html(text: str) -> str:
    """A line of Markdown with code and strong text as HTML."""
    escaped = escape(" ".join(text.split()), quote=False)
    return STRONG.sub(r"<b>\1</b>", CODE.sub(r'<code class="docutils literal">\1</code>', escaped))


def code(text: object) -> str:
    """Inline code."""
    return f"`{text}`"
