"""Personal data in free text: which kinds a note seems to hold, in whatever disguise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from cauce_contract.named_person import names_somebody


def kinds_in(text: str) -> list[str]:
    """The kinds of personal data that a text in NFKC seems to hold, in one order."""
    bare = _bare(text)
    views = {view for each in {bare, _unset(bare)} for view in _views(each)}
    found = {kind for view in views for kind in _kinds(view)}
    return [kind for kind, _ in _FINDERS if kind in found]


# Invisible without being a format character: fillers of Hangul and Braille.
FILLERS = frozenset("\u115f\u1160\u3164\u2800")


# Letters and digits of other scripts that look like ours, and ours in other dress.
_LOOK_ALIKES = str.maketrans(
    dict(
        zip(
            "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ〇一二三四五六七八九。",
            "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXaopvABCDEFGHIJKLMNOPRSTUVWYZ0123456789.",
            strict=True,
        )
    )
    | {
        chr(first + at): chr(ord("A") + at)
        for first in (0x1F150, 0x1F170, 0x1F1E6)  # circled, squared, of flags
        for at in range(26)
    }
)
# What stands between the groups of a number, or ends a line in the middle of one.
_SET_APART = re.compile(r"[\s_]+")
_JOINTS = re.compile(r"[·•*⁄∕‧]|(?<=\d),(?=(?:\d\d|\d{4})(?!\d))")
_ELISION = re.compile(r"(?<=[^\W\d_])['’`´](?=[^\W\d_])")


def _unset(text: str) -> str:
    """With one kind of space, one kind of joint, and names like D'Angelo in one word."""
    return _JOINTS.sub("-", _ELISION.sub("", _SET_APART.sub(" ", text)))


def _bare(text: str) -> str:
    """Without accents and without what nobody sees; every script's digits as 0 to 9.

    Every dash is a hyphen: word processors turn one into another by themselves.
    """
    kept = []
    for char in unicodedata.normalize("NFKD", text.translate(_LOOK_ALIKES)):
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif category == "Pd" or char in "−|":
            kept.append("-")
        elif category[0] != "M" and category != "Cf" and char not in FILLERS:
            kept.append(char)
    return "".join(kept)


_SPREAD = re.compile(
    r"(?<![^\W_]) (?:[^\W_]|&) (?: (?:\ ?[.\-_·*]\ ?|\ ) (?:[^\W_]|&) (?![^\W_]) )+",
    re.VERBOSE,
)
_IS_A_WORD = "aeouyAEOUY"  # by itself


def _views(text: str) -> set[str]:
    """The text, and with the words closed up whose letters were set apart: P E R E Z."""
    if not _SPREAD.search(text):
        return {text}
    ways = [
        partial(_closed_up, leads=leads, trails=trails)
        for leads, trails in product((False, True), repeat=2)
    ]
    return {text, *(_SPREAD.sub(way, text) for way in ways)}


def _closed_up(found: re.Match[str], *, leads: bool, trails: bool) -> str:
    """The letters together, beside those that may be words of the sentence around.

    leads   whether an `a` before stays by itself;  trails  a `y` after
    """
    letters = re.sub(r"[^\w&]|_", "", found[0])
    before, after = found.string[: found.start()], found.string[found.end() :]
    leads = leads and letters[0] in _IS_A_WORD and bool(re.search(r"\w $", before))
    trails = trails and letters[-1] in _IS_A_WORD and bool(re.match(r" \w", after))
    start, end = int(leads), len(letters) - int(trails)
    return " ".join(
        part for part in (letters[:start], letters[start:end], letters[end:]) if part
    )


def _kinds(text: str) -> Iterator[str]:
    """One kind after the other; what one has found is taken out before the next looks."""
    for kind, taken_out in _FINDERS:
        rest = taken_out(text)
        if rest != text:
            yield kind
            text = rest


Finder = Callable[[str], str]  # the text without what it finds


def _finder(*patterns: str, besides: Finder | None = None) -> Finder:
    """Finds any of the patterns.

    besides  takes out what has the same form and is nobody's; what is left must have it too
    """
    compiled = [re.compile(pattern, re.IGNORECASE | re.VERBOSE) for pattern in patterns]

    def taken_out(text: str) -> str:
        rest = besides(text) if besides else text
        if not any(pattern.search(rest) for pattern in compiled):
            return text
        for pattern in compiled:
            text = pattern.sub(" § ", text)
        return text

    return taken_out


_SEP = r"[\ .\-_/]{0,3}"
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_BIRTH = rf"\d\d {_SEP} (?:0[1-9]|1[0-2]) {_SEP} (?:0[1-9]|[12]\d|3[01])"  # yymmdd

_CURP = rf"""[a-z]{{4}} {_SEP} {_BIRTH} {_SEP} [hmx] {_SEP} [a-z]{{2}} {_SEP} [a-z]{{3}} {_SEP}
    [a-z\d] {_SEP} \d"""
_RFC = (
    rf"(?<![a-z\d]) [a-z&]{{3,4}} {_SEP} {_BIRTH} {_SEP} [a-z\d]{{2}} [\da] (?![a-z\d])",
    # Without its last three it looks as an amount does after a word of four letters.
    rf"""(?<![a-z\d]) (?!para|fase|hubo|suma|solo|pago|unos|unas|cada) [a-z]{{4}} {_SEP}
    {_BIRTH} (?![a-z\d])""",
)

_NUMBER = r"(?:n\.?[ou]\.?|num\.?|numero|\#|:|-|_|,|\.|\s){0,6}"
_OF_A_FILE = r"""(?:penal|judicial|administrativa?|digital|fisica?|unic[ao]|auxiliar|mixt[ao]
    |clinic[ao]|direct[ao]|indirect[ao]|electronic[ao]|interno
    |de\ (?:investigacion|ejecucion|amparo|control))"""
_SERIAL = rf"""(?:
    (?:[a-z\d]{{1,10}}[/\-.]){{0,6}} \d{{1,7}} \s?[/\-_]\s? (?:\d{{4}}|\d\d)
        (?:[/\-][a-z\d]{{1,7}})* (?!\d)
    | (?!{_YEAR}(?!\d)) \d{{3,}})"""
_NUC = (
    rf"""(?<![^\W_]) (?:n\.?u\.?c|n\.?i\.?c|numero\s+unico(?:\s+de\s+(?:causa|caso))?)
    (?![^\W_]) {_NUMBER} {_SERIAL}""",
    rf"(?<![\d/\-]) \d{{1,2}}-{_YEAR}-\d{{4,7}} (?!\d)",
)
_CASE_FILE = (
    rf"""(?<![^\W_]) (?:causa|carpeta|expediente|exp|toca|amparo|juicio|proceso|legajo
    |averiguacion(?:\s+previa)?|c\.\s?[ip]) (?![^\W_]) (?:\s+{_OF_A_FILE})*
    {_NUMBER} {_SERIAL}""",
    # Five digits, for folios 100 to 250 are pages.
    rf"""(?<![^\W_]) (?:folios?|asunto|caso|matricula) (?![^\W_])
    (?:\s+{_OF_A_FILE})* {_NUMBER} (?:{_YEAR}\s?[.\-/]\s?)? \d{{5,}} (?:[\ .\-/]\d+)* (?!\d)""",
    rf"""(?<![a-z\d/]) [a-z]{{2,6}} (?:[/\-][a-z\d]{{1,10}}(?:\s[a-z]/[a-z])?){{1,6}}
    /\d{{3,7}} [/\-](?:\d\d-)?{_YEAR}""",
    # 9/2026 is a month, unless a word before says that it is a file.
    rf"""(?<![a-z\d/\-]) (?!{_MONTH}\s?/) \d{{1,7}} \s?/\s? {_YEAR} (?:-[a-z\d]{{1,4}})?
    (?![\d/])""",
)
_EMAIL = r"""[\w.+\-] \s* (?:@|[(\[{]\s*(?:at|arroba)\s*[)\]}]|\barroba\b) \s* [\w\-]+
    (?:\s* (?:\.|[(\[{]\s*(?:dot|punto)\s*[)\]}]|\bpunto\b) \s* [a-z][\w\-]*)+"""
_APART = r"(?:[ .\-/()]{0,4}\d)"
_NSS = rf"(?<!\d)(?<!\d[\ .\-/()])(?<!\+) (?!0[14]) \d{_APART}{{10}} (?!{_APART})"
_PHONE = rf"(?<!\d) \d{_APART}{{9,}}"  # and any longer number, which is somebody's too

_DATE = rf"""(?<!\d)(?<!\d[./\-]) (?: {_YEAR}-{_MONTH}-{_DAY}(?!-?\d)
    | {_DAY}(?P<sep>[/.\-]){_MONTH}(?P=sep)(?:{_YEAR}|\d\d)(?!\d|(?P=sep)\d) )"""
_PLAIN_NUMBER = rf"""(?<!\d)(?<!\d[./\-]) (?:
    {_YEAR}-{_MONTH}(?!-?\d) | {_MONTH}/{_YEAR}(?![\d/])
    | {_YEAR}(?:[\ \-/]{{1,3}}{_YEAR})+(?!\d) | \d\d?:\d\d(?::\d\d)?(?!\d)
    | \d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?!\d) )"""
_OFFICIAL = r"""(?<![^\W_]) (?:oficios?|acuerdos?|circular(?:es)?|ley(?:es)?|decretos?|tesis
    |jurisprudencias?|gacetas?|convenios?|lineamientos?|boletin(?:es)?|semanas?|arts?\.|articulos?
    |fraccion(?:es)?) (?![^\W_]) [^,;\n\d]{0,40} \d+(?:/\d+)*/(?:19|20)\d\d
    (?:\s*(?:,|-|y|al?)\s*\d+/(?:19|20)\d\d)*"""
_CYCLE = re.compile(rf"(?<![\d/])({_YEAR})/({_YEAR})(?![\d/\-])")


def _no_files(text: str) -> str:
    """Without dates, school years, and the numbers of laws and letters."""
    return _laws_and_letters(_dates(_CYCLE.sub(_unless_a_cycle, text)))


def _unless_a_cycle(found: re.Match[str]) -> str:
    return "§" if int(found[2]) == int(found[1]) + 1 else found[0]


def _named(text: str) -> str:
    return "" if names_somebody(text) else text


_dates = _finder(_DATE)
_dates_and_amounts = _finder(_DATE, _PLAIN_NUMBER)
_laws_and_letters = _finder(_OFFICIAL)

_FINDERS: tuple[tuple[str, Finder], ...] = (
    ("curp", _finder(_CURP)),
    ("rfc", _finder(*_RFC)),
    ("nuc", _finder(*_NUC)),
    ("case_file", _finder(*_CASE_FILE, besides=_no_files)),
    ("email", _finder(_EMAIL)),
    ("nss", _finder(_NSS, besides=_dates_and_amounts)),
    ("phone", _finder(_PHONE, besides=_dates_and_amounts)),
    ("name_cue", _named),
)
