"""Somebody's name in free text, after a cue: `la señora …`, `participante …`.

Whoever wants to write a name past this can; it is there for the honest mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from cauce_contract.cues import CALLED, ROLES, TITLES, Cues
from cauce_contract.cues import OFFICES as OFFICES_HELD
from cauce_contract.names import (
    ALSO_WORDS,
    EVERYDAY,
    NAMES,
    OFFICES,
    QUALIFIERS,
    TOWNS,
)

_WORDS = r"(?P<words>[^\W\d_]+(?:[\s.]+[^\W\d_]+){0,3})"

_TITLED = re.compile(
    rf"(?<![^\W_]){TITLES.pattern}(?![^\W_])[\s.:,\-(\"'“”«/]*{_WORDS}",
    re.IGNORECASE | re.VERBOSE,
)
_IN_ROLE = re.compile(
    rf"(?<![^\W_]){ROLES.pattern}(?P<many>s?)(?![^\W_])[\s:,\-(\"'“”«/]*{_WORDS}",
    re.IGNORECASE | re.VERBOSE,
)
_IN_OFFICE = re.compile(
    rf"(?<![^\W_]){OFFICES_HELD.pattern}(?![^\W_])[\s.:,\-(\"'“”«/]*"
    # Ahead, for what follows may be an office itself.
    r"(?=(?P<words>[^\W\d_]+(?:[\s.]+[^\W\d_]+){0,5}))",
    re.IGNORECASE | re.VERBOSE,
)
_NAMED_SO = re.compile(
    rf"(?<![^\W_]){CALLED.pattern}(?![^\W_])[\s:,\-(\"'“”«/]*{_WORDS}",
    re.IGNORECASE | re.VERBOSE,
)
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
_PARTICLES = frozenset(
    # the last are titles, which may stand after another
    ["de", "del", "la", "las", "los", "y", "san", "santa", "lic", "dr", "dra", "mtro", "ing"]
)
_NO_NAME_ENDS_SO = re.compile(r"(?:aron|ieron|aba|aban|iendo|ando|cion|ciones|mente|dad)$")
_VERBS_END_SO = re.compile(r"(?:aron|ieron|aban?|iendo|mente|[ai]d[ao]s?)$")
_CITIES = frozenset(["juarez", "victoria", "obregon", "valles", "guzman", "madero", "acuna"])


_WORD = re.compile(r"[^\W\d_]+")
_Judge = Callable[[str, re.Match[str]], bool]


def names_somebody(text: str) -> bool:
    """Whether somebody seems to be named in a text without accents."""
    lower = text.lower()
    words = frozenset(_WORD.findall(lower))
    return any(
        is_name(text, found)
        for cues, pattern, is_name in _AFTER_CUES
        for found in _cued(text, pattern, cues.places(lower, words))
    )


def _cued(
    text: str, pattern: re.Pattern[str], places: Iterable[int]
) -> Iterator[re.Match[str]]:
    """What the pattern finds, as `finditer` would, looked for only where a cue can begin."""
    end = 0
    for place in places:
        if place >= end and (found := pattern.match(text, place)):
            end = found.end()
            yield found


def _follows_title(text: str, found: re.Match[str]) -> bool:
    """Whether a name follows: after a title nearly any word is one."""
    words, is_after_particle = _after_particles(found["words"])
    if not words or words[0].lower() in OFFICES or _PLACE.search(text[: found.start()]):
        return False
    first = words[0].lower()
    if len(words) == 1 and first in _CITIES and found[0][0] in "cC":
        return False  # Ciudad Juárez, written C. Juárez
    if _is_known(words) or _is_capitalised(words[0]):
        return True
    is_ordinary = first in EVERYDAY or _NO_NAME_ENDS_SO.search(first)
    return not is_after_particle and len(first) > 1 and not is_ordinary


def _follows_role(following: str, *, is_many: bool) -> bool:
    """Whether a name follows: one that is known as such, or a word with a capital."""
    words, is_after_particle = _after_particles(following)
    if len(words) > 1 and len(words[0]) == 1 and words[0].isupper():
        words = words[1:]  # J. Pérez
    if not words or words[0].lower() in OFFICES:
        return False
    is_set_off = _is_capitalised(words[0]) and not _is_word(words)
    return _is_known(words) or (is_set_off and not is_many and not is_after_particle)


def _is_word(words: list[str]) -> bool:
    """Whether a word with a capital is no name: of every day, or in a form that verbs have.

    Where another capital follows, that form is a surname: `Almada Ruiz`.
    """
    first = words[0].lower()
    if first in EVERYDAY:
        return True
    is_followed = len(words) > 1 and _is_capitalised(words[1])
    return bool(_VERBS_END_SO.search(first)) and not is_followed


def _follows_office(following: str) -> bool:
    """Whether a known name follows, and no town that is called after somebody."""
    words = re.split(r"[\s.]+", following)
    start = next((at for at, each in enumerate(words) if each.lower() not in QUALIFIERS), None)
    if start is None:
        return False
    words = words[start:]
    return _is_known(words) and not _is_town([word.lower() for word in words])


def _is_called(text: str, found: re.Match[str]) -> bool:
    """Whether somebody, and not a programme or a system, is called so."""
    if _THING.search(text[: found.start()]):
        return False
    return _follows_role(found["words"], is_many=False)


def _is_town(words: list[str]) -> bool:
    beside = next((word for word in words[1:] if word not in _PARTICLES), "")
    return " ".join(words[:2]) in TOWNS or (words[0] in TOWNS and beside not in NAMES)


def _after_particles(following: str) -> tuple[list[str], bool]:
    """The words that could be a name, and whether particles stand before them."""
    words = re.split(r"[\s.]+", following)
    count = next((at for at, each in enumerate(words) if each.lower() not in _PARTICLES), None)
    return ([], True) if count is None else (words[count:], count > 0)


def _is_capitalised(word: str) -> bool:
    return word[0].isupper() and any(char.islower() for char in word)


def _is_known(words: list[str]) -> bool:
    """Whether the first word is a name; one that is a word too, where another name follows."""
    first, *others = [word.lower() for word in words]
    if first not in NAMES:
        return False
    beside = next((word for word in others if word not in _PARTICLES), "")
    return first not in ALSO_WORDS or beside in NAMES or len(beside) == 1


_AFTER_CUES: tuple[tuple[Cues, re.Pattern[str], _Judge], ...] = (
    (TITLES, _TITLED, _follows_title),
    (
        ROLES,
        _IN_ROLE,
        lambda _, found: _follows_role(found["words"], is_many=bool(found["many"])),
    ),
    (OFFICES_HELD, _IN_OFFICE, lambda _, found: _follows_office(found["words"])),
    (CALLED, _NAMED_SO, _is_called),
)
