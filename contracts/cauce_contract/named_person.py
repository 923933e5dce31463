"""Somebody's name in free text, after a cue: `la señora …`, `participante …`.

Whoever wants to write a name past this can; it is there for the honest mistake.
"""

from __future__ import annotations

import re

from cauce_contract.names import (
    ALSO_WORDS,
    EVERYDAY,
    NAMES,
    OFFICES,
    QUALIFIERS,
    TOWNS,
)

# Said before a name or an office, and hardly before anything else.
_TITLE = r"""(?:senor(?:a|ita)?|sr|sra|srita|srta|don|dona|doctora?|dra?|licenciad[oa]|lic
    |mtr[oa]|psic|llamad[oa]|apodad[oa]|alias|de\s+nombre|a\s+nombre\s+de|nombre(?:\s+completo)?\s*:
    |apellidos?|(?:el|la|al|del)\s+c|c(?=\s?\.))"""
# Said of anybody, with or without a name.
_ROLE = r"""(?:participante|paciente|usuari[oa]|imputad[oa]|sentenciad[oa]|acusad[oa]
    |procesad[oa]|detenid[oa]|intern[oa]|joven|adolescente|menor|beneficiari[oa]|ciudadan[oa]|egresad[oa]
    |graduad[oa]|victima|testigo|residente|persona|espos[oa]|hij[oa]|herman[oa]|madre|padre
    |concubin[oa]|novi[oa]|abuel[oa]|ti[oa]|sobrin[oa]|cunad[oa]|suegr[oa]|yerno|nuera|padrastro
    |madrastra|padrino|madrina|vecin[oa]|amig[oa]|companer[oa]|tutora?|acompanante)"""
# Who holds an office, with what stands between it and a name: `juez de control …`.
_OFFICE = r"""(?:defensora?|abogad[oa]|jueza?|juzgadora?|terapeuta|psicolog[oa]|psiquiatra
    |medic[oa]|enfermer[oa]|trabajadora?\s+social|magistrad[oa]|fiscal|ministerio\s+public[oa]
    |agente|asesora?|perit[oa]|actuari[oa]|secretari[oa]|notificadora?|administradora?
    |coordinadora?|directora?|subdirectora?|titular|encargad[oa]|responsable|enlace|jef[ea]
    |supervisora?|facilitadora?|consejer[oa]|orientadora?|capacitadora?|policia|oficial
    |delegad[oa]|comisionad[oa]|operadora?|capturista|becari[oa]|practicante|maestr[oa]
    |profesora?|ingenier[oa])"""
# Who did or knows something, or whose case it is: often no name follows.
_CREDITED = r"""(?:elaboro|capturo|reviso|valido|reporto|informo|firmo|firma|autorizo|registro
    |atendio|confirmo|aviso|envio|solicito|atte|atentamente|contacto|caso(?:\s+de)?
    |contactar\s+a|(?:hablar|comunicarse|dirigirse|verlo)\s+(?:con|a)
    |(?:juicio|asunto|expediente|carpeta|audiencia|prueba|ingreso|egreso|reingreso|baja|alta
    |traslado)\s+de)"""
_CALLED = r"(?:(?:se|me)\s+llam(?:a|aba|o)|(?:su|cuyo)\s+nombre\s+(?:es|era))"
_WORDS = r"(?P<words>[^\W\d_]+(?:[\s.]+[^\W\d_]+){0,3})"

_TITLED = re.compile(
    rf"(?<![^\W_]){_TITLE}(?![^\W_])[\s.:,\-(\"'“”«/]*{_WORDS}", re.IGNORECASE | re.VERBOSE
)
_IN_ROLE = re.compile(
    rf"(?<![^\W_]){_ROLE}(?P<many>s?)(?![^\W_])[\s:,\-(\"'“”«/]*{_WORDS}",
    re.IGNORECASE | re.VERBOSE,
)
_IN_OFFICE = re.compile(
    rf"(?<![^\W_])(?:{_OFFICE}|{_CREDITED})(?![^\W_])[\s.:,\-(\"'“”«/]*"
    # Ahead, for what follows may be an office itself.
    r"(?=(?P<words>[^\W\d_]+(?:[\s.]+[^\W\d_]+){0,5}))",
    re.IGNORECASE | re.VERBOSE,
)
_NAMED_SO = re.compile(
    rf"(?<![^\W_]){_CALLED}(?![^\W_])[\s:,\-(\"'“”«/]*{_WORDS}", re.IGNORECASE | re.VERBOSE
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


def names_somebody(text: str) -> bool:
    """Whether somebody seems to be named in a text without accents."""
    return (
        any(_follows_title(text, found) for found in _TITLED.finditer(text))
        or any(
            _follows_role(found["words"], is_many=bool(found["many"]))
            for found in _IN_ROLE.finditer(text)
        )
        or any(_follows_office(found["words"]) for found in _IN_OFFICE.finditer(text))
        or any(_is_called(text, found) for found in _NAMED_SO.finditer(text))
    )


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
