"""Somebody's name in free text, after a cue: `la señora …`, `participante …`.

After a cue, a word with a capital is taken for a name unless it is known to be none: so an
unknown place or a programme's name after `la participante` or `revisó` is refused too.

What it cannot see: a name without a cue; after a role or an office, an unknown name in text
without capitals (or all of capitals), unless a known name or an initial stands beside it, or
its letters are no Spanish word's; an unknown name that is a word, or ends as one does. Whoever
wants to write a name past this can; it is there for the honest mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cauce_contract.cues import CALLED, OFFICES, ROLES, TITLES, Cues
from cauce_contract.names import NAMES
from cauce_contract.no_names import EVERYDAY, QUALIFIERS
from cauce_contract.no_names import OFFICES as NAMED_BY_OFFICE
from cauce_contract.words_of_a_name import (
    OF_SAINTS,
    PARTICLES,
    is_after_initial,
    is_capitalised,
    is_initial,
    is_known,
    is_name,
    is_surname_after_particles,
    is_town,
    is_unknown,
    unlisted_in_a_row,
)

_WORD = re.compile(r"[^\W\d_]+")
# Of `usuario(a)`, `defensor/a`.
_BOTH_GENDERS = re.compile(
    r"(?<=[^\W\d_]{3})(?:\((?:[ao]s?|e?s)\)|/(?:[ao]s?)(?![^\W_]))", re.IGNORECASE
)
_OF_ANY_GENDER = re.compile(r"(?<=[^\W\d_]{2})@(?=s?(?![^\W_]))")  # `usuari@s`
_AT_ONCE = re.compile(r"[^\w.;!?)\]}%$+&§]*")
_AFTER_A_POINT = re.compile(r"[^\w;!?)\]}%$+&§]*")
_IN_ONE_NAME = re.compile(r"[\s.]+|-")
_MOST_WORDS = 6  # that are looked at after a cue
_LONGEST_ABBREVIATION = 4  # after any longer word a point ends the sentence
# What else is called something; a person is not called `la medida`.
_THING = re.compile(
    r"""(?:programa|sistema|modul[oa]|taller|curso|proyecto|convenio|formato|medida|indicador
    |campo|columna|regla|documento|oficina|area|grupo|plan|etapa|fase|casa|fundacion|asociacion
    |laboratorio|modelo|plataforma|estrategia|campana|archivo|tabla|hoja|juzgado|tribunal|sede
    |generacion|municipio|colonia)[^.,:;\n]{0,30}$""",
    re.IGNORECASE | re.VERBOSE,
)
# A hospital, or a street, is called after somebody who is nobody here.
_PLACE = re.compile(
    r"(?:hospital|clinica|centro|escuela|calle|avenida|av\.|instituto|unidad)[^.,;]{0,30}$",
    re.IGNORECASE,
)
_ABBREVIATED = frozenset(
    ["ma", "fco", "gpe", "lic", "dr", "dra", "mtro", "mtra", "ing", "psic", "sr", "sra", "prof"]
)
# After these a capital is a place's or an institution's: `el juez de Tizayuca`.
_LINKS = frozenset(["a", "al", "con", "de", "del", "el", "en", "la", "las", "los", "por", "y"])
_NO_NAME_ENDS_SO = re.compile(r"(?:aron|ieron|aba|aban|iendo|ando|cion|ciones|mente|dad)$")
_CITIES = frozenset(["juarez", "victoria", "obregon", "valles", "guzman", "madero", "acuna"])


class _Text:
    """A text without accents as its words and what stands between them."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = list(_WORD.finditer(text))
        self.words = [word[0] for word in found]
        self.lower = [word.lower() for word in self.words]
        self.starts = [word.start() for word in found]
        nexts = [*self.starts, len(text)][1:]
        self.gaps = [text[word.end() : at] for word, at in zip(found, nexts, strict=True)]

    def is_initial(self, at: int) -> bool:
        return len(self.words[at]) == 1 and self.gaps[at].lstrip().startswith(".")

    def is_plural(self, at: int, last: int) -> bool:
        """Whether a cue is a word in the plural."""
        return at == last and self.lower[at].endswith("s")

    def following(self, last: int) -> list[str]:
        """The words after one that could be one name, to the end of the sentence at most.

        An initial keeps its point.
        """
        found: list[str] = []
        for at in range(last + 1, min(last + 1 + _MOST_WORDS, len(self.words))):
            word, gap = self.words[at], self.gaps[at]
            is_letter = self.is_initial(at)
            found.append(f"{word}." if is_letter else word)
            is_short = is_letter or self.lower[at] in _ABBREVIATED
            if not _IN_ONE_NAME.fullmatch(gap) or ("." in gap and not is_short):
                break
        return found


def names_somebody(text: str) -> bool:
    """Whether somebody seems to be named in a text without accents."""
    read = _Text(_OF_ANY_GENDER.sub("o", _BOTH_GENDERS.sub("", text)))
    return any(
        gap.fullmatch(read.gaps[last]) and names(read, at, last)
        for at in range(len(read.words))
        for cues, gap, names in _AFTER_CUES
        if (last := at + cues.words_at(read.lower, read.gaps, at) - 1) >= at
    )


def _follows_title(read: _Text, at: int, last: int) -> bool:
    """Whether a name follows: after a title nearly any word is one."""
    following = read.following(last)
    words, is_after_particle = _after_particles(following)
    if not words or _PLACE.search(read.text[: read.starts[at]]):
        return False
    first = words[0].lower()
    if is_surname_after_particles(following):
        return True
    if first in NAMED_BY_OFFICE or ROLES.words_at([first], [""], 0):
        return False
    if len(words) == 1 and first in _CITIES and read.lower[at] in ("c", "cc"):
        return False  # Ciudad Juárez, written C. Juárez
    if is_initial(words[0]):
        return is_after_initial(words[1:])
    if is_known(words) or (is_capitalised(words[0]) and first not in EVERYDAY):
        return True
    is_ordinary = first in EVERYDAY or _NO_NAME_ENDS_SO.search(first)
    return not is_after_particle and len(first) > 1 and not is_ordinary


def _follows_role(read: _Text, at: int, last: int) -> bool:
    following = read.following(last)
    words, is_after_particle = _after_particles(following)
    if not words or words[0].lower() in NAMED_BY_OFFICE:
        return False
    if is_surname_after_particles(following):
        return True
    if is_after_particle:
        particles = following[: len(following) - len(words)]
        if particles[-1].lower() in OF_SAINTS or is_town(words):
            return False
        unknown = sum(map(is_unknown, unlisted_in_a_row(words)))
        return is_known(words) or (particles == ["de"] and unknown > 1)
    is_surname = words[0].lower() in NAMES and is_capitalised(words[0])
    if is_surname and not read.is_plural(at, last):
        return True  # `la participante Guerrero`, which is a state too
    return is_name(words, is_many=read.is_plural(at, last))


def _follows_office(read: _Text, at: int, last: int) -> bool:
    """Whether a name follows, and no town or institution that is called after somebody."""
    before = _last_qualifier(read, last)
    words = read.following(before)
    is_linked = before > last and read.lower[before] in _LINKS
    is_person = OFFICES.is_inflected(read.lower[last]) and not is_linked
    if not words or (is_town(words) and not is_person):
        return False
    is_new_sentence = "." in read.gaps[last] and len(read.lower[last]) > _LONGEST_ABBREVIATION
    if is_linked or is_new_sentence:
        return is_known(words)
    return is_name(words, is_many=read.is_plural(at, last))


def _is_called(read: _Text, at: int, last: int) -> bool:
    """Whether somebody, and not a programme or a system, is called so."""
    is_thing = _THING.search(read.text[: read.starts[at]])
    return not is_thing and _follows_role(read, at, last)


def _after_particles(following: list[str]) -> tuple[list[str], bool]:
    """The words that could be a name, and whether particles stand before them."""
    count = next((at for at, w in enumerate(following) if w.lower() not in PARTICLES), None)
    return ([], True) if count is None else (following[count:], count > 0)


def _last_qualifier(read: _Text, last: int) -> int:
    """Where what stands between an office and a name ends; the office where nothing does."""
    while (
        (after := last + 1) < len(read.words)
        and read.lower[after] in QUALIFIERS
        and not read.is_initial(after)
        and _AT_ONCE.fullmatch(read.gaps[after])
    ):
        last = after
    return last


_Judge = Callable[[_Text, int, int], bool]  # of the text, and the first and last word of a cue
_AFTER_CUES: tuple[tuple[Cues, re.Pattern[str], _Judge], ...] = (
    (TITLES, _AFTER_A_POINT, _follows_title),
    (ROLES, _AT_ONCE, _follows_role),
    (OFFICES, _AFTER_A_POINT, _follows_office),
    (CALLED, _AT_ONCE, _is_called),
)
