"""What the command line writes: tables and messages in one language, or JSON alone."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cauce_client.errors import CauceError
from cauce_client.words import language_of, name_of, text
from cauce_contract import LANGUAGES

WIDTH_IN_A_FILE = 160  # columns where no terminal says how wide it is
COLOURS = {
    "error": "red",
    "confirm": "red",
    "warning": "yellow",
    "on_time": "green",
    "late": "yellow",
    "missing": "red",
}


class Misuse(CauceError):
    """The command was given wrongly."""


@dataclass(slots=True)
class Screen:
    """Standard output for results, standard error for everything else."""

    language: str
    out: Console
    err: Console

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Screen:
        width = None if sys.stdout.isatty() else WIDTH_IN_A_FILE
        # What is written came from files and from the network: it is text, never markup.
        out = Console(width=width, markup=False, highlight=False, emoji=False)
        err = Console(stderr=True, markup=False, highlight=False, emoji=False)
        return cls(language_of(environment), out, err)

    def speak(self, language: str) -> None:
        """From now on in this language, if one is given; Misuse where it is none of ours."""
        if language and language not in LANGUAGES:
            raise Misuse("unknown_language", languages=", ".join(LANGUAGES))
        self.language = language or self.language

    def say(self, key: str, **figures: object) -> None:
        self.tell(self.word(key, **figures))

    def tell(self, words: str) -> None:
        """Broken between words on a terminal; in a file a line stays one."""
        self.out.print(printable(words), soft_wrap=not self.out.is_terminal)

    def explain(self, name: str, words: str) -> None:
        """A paragraph under what it is about, broken between words."""
        self.out.print(Text(printable(name), style="bold"))
        self.out.print(Padding(printable(words), (0, 0, 0, 2), expand=False))

    def warn(self, key: str, **figures: object) -> None:
        self.complain(self.word(key, **figures))

    def complain(self, words: str) -> None:
        self.err.print(printable(words), soft_wrap=not self.err.is_terminal)

    def word(self, key: str, **figures: object) -> str:
        return text(self.language, key, **figures)

    def name(self, kind: str, id: str) -> str:  # noqa: A002  the interface's own word
        return name_of(self.language, kind, id)

    def json(self, value: object) -> None:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def working(self, key: str) -> AbstractContextManager[object]:
        """A sign of life while the service is asked, on a terminal alone."""
        if not self.err.is_terminal:
            return nullcontext()
        return self.err.status(self.word(key))

    def marked(self, kind: str, id: str) -> Text:  # noqa: A002  the interface's own word
        """The name of an id, in the colour that it has in tables."""
        return Text(printable(self.name(kind, id)), style=COLOURS.get(id, ""))

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str | Text]],
        *,
        are_apart: bool = False,
    ) -> None:
        """A table under the headings of these columns, in full at any width.

        are_apart  whether there is a line between rows, which have several lines each
        """
        table = Table(show_lines=are_apart)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            cells = (printable(cell) if isinstance(cell, str) else cell for cell in row)
            table.add_row(*cells)
        self.out.print(table)


def printable(words: str) -> str:
    """The words without what would steer a terminal."""
    return "".join(
        char
        if char.isprintable() or char == "\n" or unicodedata.category(char) == "Zs"
        else "\N{REPLACEMENT CHARACTER}"
        for char in words
    )
