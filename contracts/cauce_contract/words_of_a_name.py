"""Words as somebody's name: known, after an initial, or with a capital and no word besides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cauce_contract.cues import OFFICES, ROLES
from cauce_contract.names import AFTER_PARTICLES, ALSO_WORDS, NAMES
from cauce_contract.no_names import BORROWED, TOWNS, WORDS, is_word

PARTICLES = frozenset(
    # the last are titles, which may stand after another
    ["de", "del", "la", "las", "los", "y", "san", "santa", "lic", "dr", "dra", "mtro", "ing"]
)
OF_SAINTS = frozenset(["san", "santa", "santo"])  # as towns are called
_WITHIN_NAMES = PARTICLES - {"y"}
# No Spanish word has these letters or this end.
_NOT_SPANISH = re.compile(r"(?=.{4})(?=.*[aeiou]).*(?:[kw]|tz|[^aeioulnrsdzjyx]$)")
_ONLY_NAMES = NAMES - ALSO_WORDS
_IN_ANY_CASE = frozenset(["cruz", "garza", "o", "torre", "toro"])


def is_surname_after_particles(following: Sequence[str]) -> bool:
    """Whether `de la Cruz` and the like follow, and no `Cruz Roja`."""
    lower = [word.lower().rstrip(".") for word in following]
    for count in (1, 2):
        particles, rest = " ".join(lower[:count]), following[count:]
        if rest and lower[count] in AFTER_PARTICLES.get(particles, ()):
            is_other = lower[count + 1 : count + 2] in (["roja"], ["verde"], ["azul"], ["de"])
            is_marked = is_capitalised(rest[0]) or lower[count] in _IN_ANY_CASE
            return is_marked and not is_other
    return False


def is_name(words: list[str], *, is_many: bool) -> bool:
    """Whether a name stands first: a known one, an initial's, or a capitalised unknown word.

    is_many  after a plural, where one capital is a heading's: `Participantes Activos`
    """
    first, *others = words
    if is_initial(first):
        return is_after_initial(others)
    if is_known(words) or _is_beside_known(words):
        return True
    if _is_foreign(first.lower()):
        return True
    unlisted = unlisted_in_a_row(words)
    if len(unlisted) == 1 and others and is_initial(others[0]):
        return True
    return any(map(is_unknown, unlisted)) and len(unlisted) >= (2 if is_many else 1)


def is_initial(word: str) -> bool:
    is_alone = len(word) == 1 and word.isupper() and word not in "AEOUY"
    return is_alone or (len(word) == 2 and word[1] == ".")


def is_after_initial(words: Sequence[str]) -> bool:
    return bool(words) and len(words[0]) > 2 and words[0].lower() not in WORDS


def is_known(words: Sequence[str]) -> bool:
    """Whether the first word is a name; one that is a word too, where another name follows."""
    first, *others = [word.lower() for word in words]
    if first not in NAMES:
        return False
    beside = next((word for word in others if word not in _WITHIN_NAMES), "y")
    return (
        first not in ALSO_WORDS
        or beside in NAMES
        or (len(beside.rstrip(".")) == 1 and beside != "y")
    )


def _is_beside_known(words: Sequence[str]) -> bool:
    """Whether the word after an unknown one is a name and nothing else: `yoltic pérez`."""
    first, *others = [word.lower() for word in words]
    if not others or is_word(first) or len(first) < 3:
        return False
    return others[0] in _ONLY_NAMES and not is_word(others[0]) and not is_town(others)


def _is_foreign(word: str) -> bool:
    return bool(_NOT_SPANISH.match(word)) and word not in BORROWED and not is_word(word)


def unlisted_in_a_row(words: Sequence[str]) -> list[str]:
    """The capitalised words that stand in a row, but for those that are known to be no name."""
    found: list[str] = []
    for word in words:
        if found and word.lower() in _WITHIN_NAMES:
            continue
        if not is_capitalised(word) or word.lower() in OF_SAINTS:
            break
        if not _is_listed(word.lower()):
            found.append(word)
    return found


def _is_listed(word: str) -> bool:
    """Whether it is known to be no name, and does not only look so."""
    is_cue = ROLES.is_inflected(word) or OFFICES.is_inflected(word)
    return is_cue or word in WORDS or word.removesuffix("s") in WORDS


def is_unknown(word: str) -> bool:
    return not is_word(word.lower())


def is_town(words: Sequence[str]) -> bool:
    lower = [word.lower() for word in words]
    beside = next((word for word in lower[1:] if word not in PARTICLES), "")
    return " ".join(lower[:2]) in TOWNS or (lower[0] in TOWNS and beside not in NAMES)


def is_capitalised(word: str) -> bool:
    return word[0].isupper() and any(char.islower() for char in word)
