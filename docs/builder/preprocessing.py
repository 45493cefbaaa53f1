"""Completes the source of a page before MyST reads it.

- ```` ```{readme} FILE#section ```` is replaced by a file of the repository, or by one of its sections; with `head`
  behind it, only by what stands before the first subsection;
- ```` ```{generated} NAME ```` is replaced by a part of the reference;
- links to files of the repository become links to the pages that include them;
- code blocks with `file: NAME` or `not run: REASON` behind their language get that as their caption.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from docs.builder.markdown import BLOCK_NOTE, FENCE, head, headings, map_prose, section, shift_headings, slug
from docs.builder.reference import GENERATED

ROOT = Path(__file__).parents[2]
DIRECTIVE = re.compile(r"^```\{(readme|generated)\} (.+)\n```$", re.MULTILINE)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
STANDS_FOR = re.compile(r"^<!-- stands for (\S+) -->$", re.MULTILINE)
"""Names a section whose facts the page has from the code; links to the section lead to the page."""
FIRST_PAGE = ROOT / "README.md"
"""The first page of the repository leads to this site, and is not on it."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Piece:
    """A file of the repository, or a section of it, that a page includes; with `is_head`, without its subsections."""

    page: str
    file: Path
    anchor: str
    is_head: bool = False

    @cached_property
    def text(self) -> str:
        """The included text. Raises LookupError if there is no such file or section."""
        if not self.file.is_file():
            raise LookupError("there is no such file")
        whole = self.file.read_text(encoding="utf-8")
        text = section(whole, self.anchor) if self.anchor else whole
        return head(text) if self.is_head else text


class Preprocessor:
    """Completes the pages of a build."""

    def __init__(self) -> None:
        self._folder = ROOT / "docs"
        self._sections: dict[tuple[Path, str], str] = {}
        self._files: dict[Path, str] = {}
        self._generated: dict[str, str] = {}
        self._stands_for: dict[tuple[Path, str], str] = {}

    def start(self, app: Sphinx) -> None:
        """Finds out which page includes which files and sections."""
        self._folder = Path(app.srcdir)
        for name in sorted(app.project.discover()):
            path = self._folder / f"{name}.md"
            text = path.read_text(encoding="utf-8")
            self._files.setdefault(path, name)
            self._sections |= {(path, slug(heading)): name for _, heading in headings(text)}
            for place in STANDS_FOR.findall(text):
                piece = _piece(name, place)
                self._stands_for |= {(piece.file, slug(heading)): name for _, heading in headings(piece.text)}
            for kind, argument in DIRECTIVE.findall(text):
                if kind == "readme":
                    self._register(_piece(name, argument))
                else:
                    self._generated[argument] = part = _generated(name, argument)
                    self._sections |= {(path, slug(heading)): name for _, heading in headings(part)}

    def _register(self, piece: Piece) -> None:
        try:
            found = headings(piece.text)
        except LookupError as error:
            logger.warning("%s: %s", piece.file, error, location=piece.page)
            return
        self._files.setdefault(piece.file, piece.page)
        for _, heading in found:
            self._sections.setdefault((piece.file, slug(heading)), piece.page)
            self._sections[self._folder / f"{piece.page}.md", slug(heading)] = piece.page

    def read(self, app: Sphinx, page: str, source: list[str]) -> None:
        """Completes the source of a page."""
        own = self._folder / f"{page}.md"
        parts: list[str] = []
        end = 0
        for directive in DIRECTIVE.finditer(source[0]):
            parts.append(self._with_links(source[0][end : directive.start()], page, own))
            has_title = any(headings(part) for part in parts)
            if directive[1] == "readme":
                piece = _piece(page, directive[2])
                app.env.note_dependency(str(piece.file))
                parts.append(self._included(piece, 2 if has_title else 1))
            else:
                parts.append(self._with_links(self._generated[directive[2]], page, own))
            end = directive.end()
        parts.append(self._with_links(source[0][end:], page, own))
        source[0] = "\n".join(map(_with_captions, "".join(parts).split("\n")))

    def _included(self, piece: Piece, level: int) -> str:
        try:
            text = piece.text
        except LookupError:
            return ""  # Reported by `start`.
        top = next(iter(headings(text)), (level, ""))[0]
        return self._with_links(shift_headings(text, level - top), piece.page, piece.file)

    def _with_links(self, text: str, page: str, file: Path) -> str:
        """The links of a text that stands in `file`, as links of `page`."""

        def rewritten(link: re.Match[str]) -> str:
            words, target = link[1], link[2]
            if re.match(r"[a-z]+:", target):
                return link[0]
            path, _, anchor = target.partition("#")
            found = Path(posixpath.normpath(file.parent / path)) if path else file
            found = found / "README.md" if found.is_dir() else found
            name = self._sections.get((found, anchor)) if anchor else self._files.get(found)
            if name is None and (found, anchor) in self._stands_for:
                name, anchor = self._stands_for[found, anchor], ""
            if name is not None:
                address = posixpath.relpath(f"{name}.md", posixpath.dirname(page))
                return f"[{words}]({address}{f'#{anchor}' if anchor else ''})"
            if (found.suffix == ".md" and found != FIRST_PAGE) or not found.exists():
                logger.warning("%s leads nowhere (in %s)", target, file, location=page)
            return words

        return map_prose(text, lambda line: LINK.sub(rewritten, line))

    def check(self, app: Sphinx, env: BuildEnvironment) -> None:  # noqa: ARG002
        """Checks the links of the first page, and warns of Markdown files that no page includes."""
        self._with_links(FIRST_PAGE.read_text(encoding="utf-8"), FIRST_PAGE.name, FIRST_PAGE)
        for folder in ("", "mock_server", "contract_tests", "openapi"):
            files = (ROOT / folder).glob("**/*.md" if folder else "*.md")
            for path in sorted(files):
                if path not in self._files and path != FIRST_PAGE:
                    logger.warning("no page includes %s", path.relative_to(ROOT))


def _piece(page: str, argument: str) -> Piece:
    place, _, part = argument.strip().partition(" ")
    file, _, anchor = place.partition("#")
    return Piece(page, ROOT / file, anchor, part == "head")


def _generated(page: str, argument: str) -> str:
    name, *arguments = argument.split()
    make = GENERATED.get(name)
    if make is None:
        logger.warning("there is no generated part %r; there are: %s", name, ", ".join(GENERATED), location=page)
        return ""
    return make(*arguments)


def _with_captions(line: str) -> str:
    """The opening line of a code block with a note as a directive with a caption."""
    fence = FENCE.match(line)
    note = BLOCK_NOTE.match(fence["info"]) if fence is not None else None
    if fence is None or note is None:
        return line
    if note["kind"] in ("shortened by", "tested by"):
        return f"{fence['indent']}{fence['ticks']}{note['language']}"
    caption = note["note"] if note["kind"] == "file" else f"Not run by the tests of this page: {note['note']}"
    option = "" if note["kind"] == "file" else f"\n{fence['indent']}:class: not-run"
    opening = f"{fence['indent']}{fence['ticks']}{{code-block}} {note['language']}"
    return f"{opening}\n{fence['indent']}:caption: {caption}{option}"
