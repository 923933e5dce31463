"""Personal data in free text: which kinds a note seems to hold, in whatever disguise."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise, product

from cauce_contract.named_person import names_somebody


def kinds_in(text: str) -> list[str]:
    """The kinds of personal data that a text in NFKC seems to hold, in one order."""
    found = {kind for reading in readings(text) for kind in _kinds(reading)}
    return [kind for kind, _ in _FINDERS if kind in found]


def readings(text: str) -> set[str]:
    """A text in NFKC as it can be read, whatever it is written with and in what letters."""
    bare = _bare(_PRETERITE.sub(lambda verb: verb[0].lower(), text))
    return {reading for each in {bare, _unset(bare)} for reading in _closings(each)}


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
# A verb, for no name in these languages ends so: `El participante Desistió`.
_WORD_ENDS = r"(?![^\W_]|[\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufeff])"
_PRETERITE = re.compile(rf"(?<![^\W_])[^\W\d_a-z][^\W\d_]*(?:ó|[aei]rá){_WORD_ENDS}")
# What stands between the groups of a number, or ends a line in the middle of one.
_SET_APART = re.compile(r" [\s_]+|[^\S ][\s_]*|_[\s_]*")
_JOINTS = re.compile(r"[·•*⁄∕‧]|,(?<=\d,)(?=(?:\d\d|\d{4})(?!\d))")
_ELISION = re.compile(r"['’`´](?<=[^\W\d_].)(?=[^\W\d_])")


def _unset(text: str) -> str:
    """With one kind of space, one kind of joint, and names like D'Angelo in one word."""
    return _JOINTS.sub("-", _ELISION.sub("", _SET_APART.sub(" ", text)))


class _Plain(dict[int, str]):
    """What each character is without its accent and what nobody sees, found when asked for."""

    def __missing__(self, point: int) -> str:
        plain = _plain(chr(point))
        if point < _EVERYDAY_CHARACTERS:
            self[point] = plain
        return plain


_EVERYDAY_CHARACTERS = 0x3000  # so that no text can fill the memory


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Pd" or char in "−|":
        return "-"
    return "" if category[0] == "M" or category == "Cf" or char in FILLERS else char


_PLAIN = _Plain()


def _bare(text: str) -> str:
    """Without accents and without what nobody sees; every script's digits as 0 to 9.

    Every dash is a hyphen: word processors turn one into another by themselves.
    """
    return unicodedata.normalize("NFKD", text.translate(_LOOK_ALIKES)).translate(_PLAIN)


_SPREAD = re.compile(
    r"(?<![^\W_]) (?:[^\W_]|&) (?: (?:\ ?[.\-_·*,:;/]\ ?|\ ) (?:[^\W_]|&) (?![^\W_]) )+",
    re.VERBOSE,
)
# In `3 y 4` and `C 1` figures and letters alternate: closed up they are nobody's.
_TWO_OF_A_KIND = re.compile(r"[^\W\d_][\W_]+[^\W\d_]|\d[\W_]+\d|&")
_JOINT = re.compile(r"[^\w&]+|_+")
_LISTS = frozenset(",:;/")
_MORE_OF_A_ROW = re.compile(r"[ ,]{1,2}\d\d")
_IS_A_WORD = "aeouyAEOUY"  # by itself
_AFTER_A_WORD, _BEFORE_A_WORD = re.compile(r"\w $"), re.compile(r" \w")
_FIGURES = re.compile(rf"[\d\W_{_IS_A_WORD}]+")


def _closings(text: str) -> set[str]:
    """The text, and with the words closed up whose letters were set apart: P E R E Z."""
    runs = (found[0] for found in _SPREAD.finditer(text))
    if not any(map(_TWO_OF_A_KIND.search, runs)):
        return {text}
    ways = [
        partial(_closed_up, leads=leads, trails=trails, keeps=keeps)
        for leads, trails, keeps in product((False, True), repeat=3)
    ]
    return {text, *(_SPREAD.sub(way, text) for way in ways)}


def _closed_up(found: re.Match[str], *, leads: bool, trails: bool, keeps: bool) -> str:
    """The letters together, beside those that may be words of the sentence around.

    leads   whether an `a` before stays by itself;  trails  a `y` after
    keeps   whether what stands between them more rarely does: `8 5-2 0 2 6` is 85-2026
    """
    joints = Counter(_JOINT.findall(found[0]))
    ((usual, _),) = joints.most_common(1)
    is_row = usual.strip() in _LISTS or _MORE_OF_A_ROW.match(found.string, found.end())
    if is_row and _FIGURES.fullmatch(found[0]):
        return found[0]  # counts, one after the other
    letters = _JOINT.sub(lambda at: at[0].strip() if keeps and at[0] != usual else "", found[0])
    before, after = found.string[: found.start()], found.string[found.end() :]
    leads = leads and letters[0] in _IS_A_WORD and bool(_AFTER_A_WORD.search(before))
    trails = trails and letters[-1] in _IS_A_WORD and bool(_BEFORE_A_WORD.match(after))
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


def _finder(*patterns: tuple[str, str], besides: Finder | None = None) -> Finder:
    """Finds any of the patterns.

    patterns  each after a part of it that is quickly looked for: where that is not, it is not
    besides   takes out what has the same form and is nobody's; what is left must have it too
    """
    compiled = [
        (re.compile(part, re.VERBOSE), re.compile(pattern, re.IGNORECASE | re.VERBOSE))
        for part, pattern in patterns
    ]

    def possible(text: str) -> list[re.Pattern[str]]:
        lower = text.lower()
        return [pattern for part, pattern in compiled if part.search(lower)]

    def taken_out(text: str) -> str:
        if not (left := possible(text)):
            return text
        rest = besides(text) if besides else text
        if not any(pattern.search(rest) for pattern in (possible(rest) if besides else left)):
            return text
        for pattern in left:
            text = pattern.sub(" § ", text)
        return text

    return taken_out


_SEP = r"[\ .\-_/]{0,3}"
_ANY_SEP = r"[\ .\-_/,:;]{0,3}"
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_BIRTH = rf"\d\d {_SEP} (?:0[1-9]|1[0-2]) {_SEP} (?:0[1-9]|[12]\d|3[01])"  # yymmdd
_BORN = _BIRTH.replace(_SEP, "")

_LONG_BIRTH = rf"{_BIRTH.replace(_SEP, _ANY_SEP)} {_ANY_SEP} [hmx]"  # with the sex
_CURP = rf"""[a-z]{{4}} {_ANY_SEP} {_LONG_BIRTH} {_ANY_SEP}
    [a-z]{{2}} {_ANY_SEP} [a-z]{{3}} {_ANY_SEP} [a-z\d] {_ANY_SEP} \d"""
_RFC = (
    rf"""(?<![a-z\d]) [a-z&]{{3,4}} (?: {_SEP} {_BIRTH} {_SEP} | {_ANY_SEP} {_BORN} {_ANY_SEP} )
    [a-z\d]{{2}} [\da] (?![a-z\d])""",
    # Without its last three it looks as an amount does after a word of four letters.
    rf"""(?<![a-z\d]) (?!para|fase|hubo|suma|solo|pago|unos|unas|cada) [a-z]{{4}}
    (?: {_SEP} {_BIRTH} | {_ANY_SEP} {_BORN} ) (?![a-z\d])""",
)

_NUMBER = r"(?:n\.?[ou]\.?|num\.?|numero|\#|:|-|_|,|\.|\s){0,6}"
_OF_A_FILE = r"""(?:penal|judicial|administrativa?|digital|fisica?|unic[ao]|auxiliar|mixt[ao]
    |clinic[ao]|direct[ao]|indirect[ao]|electronic[ao]|interno
    |de\ (?:investigacion|ejecucion|amparo|control))"""
# What follows an amount: `la causa, 120 días`. A name of a thing counted is in the plural.
_COUNTED = r"""\s?% | \s+(?:por\s+ciento|mil|de\s+\d)(?![^\W_])
    | \s+(?!(?:dos|tres|seis|l[aeo]s|sus|es|mas|tras|pues|menos|nos|(?:ade|ja)mas|(?:des)?pues
    |antes|entonces|ambos|ellos|ellas|est[ao]s|[a-z]*mos)(?![^\W_])) [a-z]{2,}s(?![^\W_])"""
_SERIAL = rf"""(?:
    (?:[a-z\d]{{1,10}}[/\-.]){{0,6}} \d{{1,7}} \s?[/\-_]\s? (?:\d{{4}}|\d\d)
        (?:[/\-][a-z\d]{{1,7}})* (?!\d)
    | (?!{_YEAR}(?!\d)) \d{{3,}}+ (?!{_COUNTED}))"""
# Or what follows is joined to it, as in NUC123.
_CUE_ENDS = r"(?:(?![^\W_])|(?=(?:no?|num|numero)?\d|(?:no|num|numero)(?![^\W_])))"
# After NUC any number that counts nothing is one: `NUC 12-345`, `NUC CI-123`.
_SHORT_SERIAL = rf"""(?:[a-z\d]{{1,10}}\s?[/\-.]\s?){{0,6}} (?!{_YEAR}(?![\d/\-]))
    \d++ (?!{_COUNTED})"""
_NUC_CUE = r"(?:n\.?u\.?c|n\.?i\.?c|numero\s+unico(?:\s+de\s+(?:causa|caso))?)"
_HOW_MANY_HAVE_ONE = (
    rf"(?:(?<=con\ )|(?<=sin\ )) {_NUC_CUE} {_NUMBER} \d{{1,3}} (?!\s?[/\-._]?\d)"
)
_NUC = (
    (
        r"n\.?[ui]\.?c|numero\s+unico",
        rf"""(?<![^\W_]) (?!{_HOW_MANY_HAVE_ONE}) {_NUC_CUE} {_CUE_ENDS} {_NUMBER}
        (?:{_SERIAL} | {_SHORT_SERIAL})""",
    ),
    (rf"\d-{_YEAR}-\d", rf"(?<![\d/\-]) \d{{1,2}}-{_YEAR}-\d{{4,7}} (?!\d)"),
)
_NO_COURT = r"""(?:ene|feb|mar|abr|may|jun|jul|ago|sept?|oct|nov|dic|nom|dia|mes|fase|semana)
    [a-z]{0,8} [/\-.]"""
_FILED = r"""(?:causa|carpeta|expediente|exp|toca|amparo|juicio|proceso|legajo
    |averiguacion(?:\s+previa)?|c\.\s?[ip])"""
_NUMBERED = r"(?:folios?|asunto|caso|matricula)"
_CASE_FILE = (
    (
        r"\d(?:\d\d|\s?[/\-_]\s?\d\d)",
        rf"(?<![^\W_]) {_FILED} {_CUE_ENDS} (?:\s+{_OF_A_FILE})* {_NUMBER} {_SERIAL}",
    ),
    # Five digits, for folios 100 to 250 are pages.
    (
        r"\d{5}",
        rf"""(?<![^\W_]) {_NUMBERED} {_CUE_ENDS} (?:\s+{_OF_A_FILE})* {_NUMBER}
        (?:{_YEAR}\s?[.\-/]\s?)? \d{{5,}} (?:[\ .\-/]\d+)* (?!\d)""",
    ),
    (
        r"/\d{3,7}[/\-]",
        rf"""(?<![a-z\d/]) [a-z]{{2,6}} (?:[/\-][a-z\d]{{1,10}}(?:\s[a-z]/[a-z])?){{1,6}}
        /\d{{3,7}} [/\-](?:\d\d-)?{_YEAR}""",
    ),
    # JP/123/2026, and JP-123-2026; sep/09/2026 is a day, and a NOM a standard.
    (
        rf"[/\-.]\d{{1,7}}\s?[/\-.]\s?{_YEAR}",
        rf"""(?<![a-z\d/\-]) (?!{_NO_COURT}) (?:[a-z]\.?){{2,6}} \d{{0,2}}
        (?:[/\-.][a-z]{{1,6}}){{0,3}}
        (?: [/\-] \d{{1,7}}\s?/\s? | ([/\-.]) \d{{3,7}}\1 ) {_YEAR} (?!\d)""",
    ),
    # 9/2026 is a month, unless a word before says that it is a file.
    (
        rf"\d\s?/\s?{_YEAR}",
        rf"""(?<![a-z\d/\-]) (?!{_MONTH}\s?/) \d{{1,7}} \s?/\s? {_YEAR}
        (?:-[a-z\d]{{1,4}})? (?![\d/])""",
    ),
)
_GAP = r"[\s\-_/.,:]*"
_DOT = r"(?:\.|,|[(\[{<]\s*(?:dot|punto)\s*[)\]}>]|punto|\bdot\b)"
_TOP = (
    r"(?:com|mx|org|net|edu|gob|gov|info)(?![^\W_])"  # no word that a sentence may begin with
)
_PROVIDER = r"(?:gmail|hotmail|outlook|yahoo|icloud|prodigy|proton|live\.)"
_HOST = r"[a-z\d][\w\-]*"
_AT = r"(?:@|[(\[{<*]\s*(?:at|arroba)\s*[)\]}>*]|arroba)"
_EMAIL = (
    # `tod@s. El` is nobody's, so a host has two letters and more.
    ("@", rf"[\w.+\-]@[\w\-]{{2,}}(?:\.{_HOST})+"),
    # With an end that addresses have, its dot may be a word, a space, or nothing.
    (
        _AT,
        rf"""[\w.+\-] {_GAP} {_AT} {_GAP}
        (?:{_PROVIDER} | (?:{_HOST}?(?:\s*{_DOT}\s*|{_GAP}punto{_GAP})){{1,4}}{_TOP}
            | {_HOST}(?:\.[a-z]{{2}}|\s+(?:{_TOP}\s+)?{_TOP})
            | [\w\-]{{2,}}(?:com|mx|org|edu)(?![^\W_]))""",
    ),
    # Without that end only where nothing is set apart: `juan@correo`, but `un@ por persona`.
    (
        r"@|(?:at|arroba)\s*[)\]}>]",
        r"[\w.+\-] (?:@|\s?[(\[{<]\s?(?:at|arroba)\s?[)\]}>]\s?) [\w\-]{3,}",
    ),
    (
        r"\s+at\s+",
        rf"[\w.+\-]\s+at\s+(?:{_PROVIDER}|(?:{_HOST}\s*{_DOT}\s*){{1,4}}{_TOP})",
    ),
)
_APART = r"(?:[ .\-/()]{0,4}\d)"
_NSS = rf"(?<!\d)(?<!\d[\ .\-/()])(?<!\+) (?!0[14]) \d{_APART}{{10}} (?!{_APART})"
_TEN_DIGITS = rf"\d{_APART}{{9}}"
_PHONE = rf"(?<!\d) \d{_APART}{{9,}}"  # and any longer number, which is somebody's too
_CALLED_AT = r"""(?<![^\W_]) (?:tels?|telefonos?|cels?|celular(?:es)?|movil(?:es)?|whats(?:app)?
    |llamar\s+al|marcar\s+al|num(?:ero)?\s+de\s+contacto)
    (?:\s+(?:fijo|movil|celular|particular|personal|de\s+casa|de\s+contacto|es|al?))*"""
_LOCAL_PHONE = rf"{_CALLED_AT} [\s.:,#(\-]{{0,6}} {_NUMBER} \d{_APART}{{6,7}} (?!{_APART})"
_AFTER_TELEPHONE = re.compile(rf"{_CALLED_AT} [\s.:,#(\-]{{0,6}}$", re.IGNORECASE | re.VERBOSE)

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
_YEARS = re.compile(rf"(?<![\d/\-]){_YEAR}(?:/{_YEAR}|(?:-{_YEAR})+)(?![\d/]|-\d)")
_DIGITS = re.compile(r"\d+")
_NATIONAL = re.compile(r"(?:521?)?[2-9]\d{9}")
_ROW = re.compile(
    r"(?<!\d)(?<!\d[ .,;/()\-])(?<!\d[ .,;/()\-]{2})(?<!\d[ .,;/()\-]{3})(?<!\+)"
    r"(?:0|[1-9]\d{0,2})"
    r"(?:(?:\ ?[,;/\-]\ ?|\ ) (?:0|[1-9]\d{0,2})(?!\d)){3,}+ (?![ .,;/()\-]{1,4}\d)",
    re.VERBOSE,
)


def _no_files(text: str) -> str:
    """Without dates, school years, and the numbers of laws and letters."""
    return _laws_and_letters(_dates(_YEARS.sub(_unless_a_serial, text)))


def _unless_a_serial(found: re.Match[str]) -> str:
    """§ for years that follow each other; of a file, its number stands before its year."""
    years = [int(year) for year in _DIGITS.findall(found[0])]
    reach = 1 if "/" in found[0] else 3
    follow = all(0 < later - year <= reach for year, later in pairwise(years))
    return "§" if follow else found[0]


def _no_amounts(text: str) -> str:
    """Without dates, years, hours, amounts, and rows of counts."""
    return _ROW.sub(_unless_somebodys, _dates_and_amounts(text))


def _unless_somebodys(found: re.Match[str]) -> str:
    """§ for counts in a row, unless they have as many digits as a telephone or an NSS.

    A national number has ten and begins with 2 to 9, 52 may stand before it; an NSS has eleven
    and its check digit. One digit after the other is a number spelt out.
    """
    numbers = _DIGITS.findall(found[0])
    digits = "".join(numbers)
    is_spelt = all(len(number) == 1 for number in numbers)
    is_phone = bool(_NATIONAL.fullmatch(digits))
    is_nss = len(digits) == _LENGTH_OF_NSS and _is_checked(digits)
    is_called = bool(_AFTER_TELEPHONE.search(found.string[: found.start()]))
    return found[0] if is_spelt or is_phone or is_nss or is_called else "§"


_LENGTH_OF_NSS = 11


def _is_checked(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn)."""
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _named(text: str) -> str:
    return "" if names_somebody(text) else text


_dates = _finder((r"\d[/.\-]\d", _DATE))
_dates_and_amounts = _finder((r"\d[/.\-]\d", _DATE), (r"\d[,:/\-\ ]", _PLAIN_NUMBER))
_laws_and_letters = _finder((rf"\d/{_YEAR}", _OFFICIAL))

# Each after a part of it, as `_finder` takes them.
PATTERNS: Mapping[str, Sequence[tuple[str, str]]] = {
    "curp": [(_LONG_BIRTH, _CURP)],
    "rfc": [(_BIRTH, pattern) for pattern in _RFC],
    "nuc": _NUC,
    "case_file": _CASE_FILE,
    "email": _EMAIL,
    "nss": [(_TEN_DIGITS, _NSS)],
    "phone": [
        (_TEN_DIGITS, _PHONE),
        (rf"(?:tel|cel|movil|whats|llamar|marcar|contacto)[^;]*\d{_APART}{{6}}", _LOCAL_PHONE),
    ],
}
_BESIDES = {"case_file": _no_files, "nss": _no_amounts, "phone": _no_amounts}
_FINDERS: tuple[tuple[str, Finder], ...] = (
    *((kind, _finder(*found, besides=_BESIDES.get(kind))) for kind, found in PATTERNS.items()),
    ("name_cue", _named),
)
