"""Notes as people write them: some with an invented person in them, some with nobody.

Written from the official formats (CURP, RFC and NSS with their check digits) and from how
prosecutors and courts number their files, without knowledge of how the contract looks for them.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_GIVEN = {
    "M": (
        "José Luis", "Juan", "Miguel Ángel", "Jesús", "Kevin", "Brayan", "Óscar", "Iván",
        "Raúl", "Édgar", "Nahúm", "Ulises", "Santiago", "Emiliano", "Ramiro", "Gerardo",
        "Heriberto", "Juan Carlos", "Luis", "Mario", "Cuauhtémoc", "Wilfrido", "Jonathan",
        "Ezequiel", "Saúl", "Francisco Javier", "Ángel", "Tomás", "Rogelio", "Ismael",
        "Aarón", "Cristian",
    ),
    "F": (
        "María Guadalupe", "Rosa", "Brenda", "Xóchitl", "Itzel", "Ana Karen", "Yaretzi",
        "Leticia", "Verónica", "Juana", "Alma Delia", "Fernanda", "Citlali", "Esmeralda",
        "Rocío", "Noemí", "María del Carmen", "Sofía", "Dulce", "Perla", "Jazmín", "Graciela",
        "Wendy", "Irma", "Socorro", "Lourdes", "Montserrat", "Maribel", "Karla", "Estefanía",
    ),
}  # fmt: skip
_SURNAMES = (
    "Hernández", "García", "Martínez", "López", "González", "Pérez", "Cruz", "Zavala",
    "Treviño", "Garza", "Cantú", "Ávila", "Ibarra", "Peña", "Núñez", "Ochoa", "Xolalpa",
    "Quiroz", "Villarreal", "Domínguez", "Solís", "Salazar", "Cervantes", "Mejía", "Arriaga",
    "Tzec", "Huerta", "Ríos", "Montoya", "Leal", "Escobedo", "Zapata", "Lozano", "Bautista",
    "Castañeda", "Yáñez", "Urbina", "Guerrero", "de la Cruz", "Figueroa", "Ortiz", "Íñiguez",
    "Echeverría", "Balderas",
)  # fmt: skip
_STATES = (
    "AS", "BC", "BS", "CC", "CL", "CM", "CS", "CH", "DF", "DG", "GT", "GR", "HG", "JC", "MC",
    "MN", "MS", "NT", "NL", "OC", "PL", "QT", "QR", "SP", "SL", "SR", "TC", "TS", "TL", "VZ",
    "YN", "ZS", "NE",
)  # fmt: skip
_CURP_VALUES = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_RFC_TAIL = "123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
_AREA_CODES = ("55", "56", "33", "81", "614", "656", "618", "771", "777", "612", "961", "722")


@dataclass(frozen=True, slots=True)
class Someone:
    """An invented person, of whom every number can be made."""

    sex: str
    given: str
    paternal: str
    maternal: str
    born: date

    @property
    def full(self) -> str:
        return f"{self.given} {self.paternal} {self.maternal}"


@dataclass(frozen=True, slots=True)
class Text:
    """A note and what is in it: the kind and the value, both empty where there is nobody."""

    written: str
    kind: str = ""
    value: str = ""


def _someone(rng: random.Random) -> Someone:
    sex = rng.choice("MF")
    born = date(1955, 1, 1) + timedelta(days=rng.randrange(53 * 365))
    return Someone(
        sex, rng.choice(_GIVEN[sex]), rng.choice(_SURNAMES), rng.choice(_SURNAMES), born
    )


def _bare(name: str) -> str:
    """The last word of a name, in capitals, as the registries take it: no accents but the Ñ."""
    word = name.upper().split()[-1].replace("Ñ", "\0")
    plain = unicodedata.normalize("NFD", word).encode("ascii", "ignore").decode()
    return plain.replace("\0", "X")


def _initials(who: Someone) -> str:
    first, second, given = _bare(who.paternal), _bare(who.maternal), _bare(who.given.split()[0])
    inner = next((letter for letter in first[1:] if letter in "AEIOU"), "X")
    return first[0] + inner + second[0] + given[0]


def _inner_consonant(name: str) -> str:
    return next((letter for letter in name[1:] if letter not in "AEIOU"), "X")


def curp(rng: random.Random) -> str:
    who = _someone(rng)
    names = (_bare(who.paternal), _bare(who.maternal), _bare(who.given.split()[0]))
    body = (
        _initials(who)
        + who.born.strftime("%y%m%d")
        + {"M": "H", "F": "M"}[who.sex]
        + rng.choice(_STATES)
        + "".join(map(_inner_consonant, names))
        + (rng.choice("01") if who.born.year < 2000 else rng.choice("ABC"))
    )
    weighed = sum(
        _CURP_VALUES.index(letter) * (18 - place) for place, letter in enumerate(body)
    )
    return body + str(-weighed % 10)


def rfc(rng: random.Random) -> str:
    """A person's, with or without its last three, or now and then a company's."""
    who = _someone(rng)
    letters = _initials(who) if rng.random() < 0.85 else "".join(rng.choices("ABCÑ&XYZT", k=3))
    tail = "".join(rng.choices(_RFC_TAIL, k=2)) + rng.choice("0123456789A")
    whole = letters + who.born.strftime("%y%m%d") + tail
    return whole[:-3] if len(letters) == 4 and rng.random() < 0.15 else whole


def nss(rng: random.Random) -> str:
    ten = f"{rng.randrange(1, 98):02}{rng.randrange(70, 100)}{rng.randrange(50, 100)}"
    ten += f"{rng.randrange(1, 10000):04}"
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(ten)]
    whole = ten + str(-sum(n // 10 + n % 10 for n in doubled) % 10)
    a, b, c, d, e = whole[:2], whole[2:4], whole[4:6], whole[6:10], whole[10]
    return rng.choice([whole, f"{a}-{b}-{c}-{d}-{e}", f"{a} {b} {c} {d} {e}", f"{ten}-{e}"])


def phone(rng: random.Random) -> str:
    area = rng.choice(_AREA_CODES)
    local = "".join(rng.choices("23456789", k=1) + rng.choices("0123456789", k=9 - len(area)))
    half = len(local) - 4
    sep = rng.choice([" ", "-", ".", " - "])
    spelt = [
        area + local,
        sep.join((area, local[:half], local[half:])),
        f"({area}) {local[:half]}-{local[half:]}",
        f"({area}){local}",
    ]
    pairs = area + local
    spelt.append(sep.join(pairs[at : at + 2] for at in range(0, 10, 2)))
    prefix = rng.choice(
        ["", "", "", "+52 ", "+52", "+52 1 ", "0052 ", "044 ", "045", "01 ", "52 "]
    )
    return prefix + rng.choice(spelt)


def email(rng: random.Random) -> str:
    who = _someone(rng)
    box = rng.choice(
        [
            f"{_bare(who.given)}.{_bare(who.paternal)}",
            f"{_bare(who.paternal)}_{who.born.year}",
            f"{_bare(who.given)}{rng.randrange(100)}",
            f"{_bare(who.given)[0]}-{_bare(who.paternal)}+mx",
        ]
    ).lower()
    host = rng.choice(
        [
            "gmail.com",
            "correo.mx",
            "pjenl.gob.mx",
            "hotmail.com",
            "salud.gob.mx",
            "prodigy.net.mx",
        ]
    )
    at = rng.choice([" @ ", " (arroba) ", "[at]", " arroba ", "(at)", " <at> ", "-arroba-"])
    dot = rng.choice([".", " . ", " punto ", " (punto) ", "[dot]", "-punto-"])
    return rng.choice(
        [
            *[f"{box}@{host}"] * 5,
            *[box + at + host.replace(".", dot)] * 5,
            f"{box}@{host.replace('.', ' ')}",
            f"{box} at {host.replace('.', rng.choice(['.', ' dot ']))}",
            f"{box}@{host.replace('.', ',')}",
            " ".join(f"{box}@{host}"),
        ]
    )


def nuc(rng: random.Random) -> str:
    year, serial = rng.randrange(2012, 2027), rng.randrange(1, 99999)
    town = rng.choice(["TOL", "ECA", "NEZ", "CHA", "TLA"])
    number = rng.choice(
        [
            f"{rng.randrange(1, 33):02}-{year}-{serial:05}",
            f"{rng.randrange(1, 33)}-{year}-{serial:07}",
            f"{town}/{town}/{town[:2]}1/034/{serial:06}/{year % 100}/{rng.randrange(1, 13):02}",
            f"D-{rng.choice(['I', 'II', 'IV'])}/{serial}/{year}",
            f"{serial}/{year}",
            f"SC01/{serial}/{year}",
        ]
    )
    cue = rng.choice(["NUC", "NUC:", "NUC No.", "número único de causa", "NUC núm."])
    return f"{cue} {number}"


def case_file(rng: random.Random) -> str:
    year, serial = rng.randrange(2012, 2027), rng.randrange(13, 9999)
    roman = rng.choice(["I", "II", "III", "IV"])
    return rng.choice(
        [
            f"causa penal {serial}/{year}",
            f"causa penal número {serial}/{year}-{roman}",
            f"causa {rng.randrange(1, 12)}/{year}",
            f"carpeta de investigación CI-FGE/{serial}/{year}",
            f"carpeta de investigación CI/FCH/{rng.randrange(1, 9)}/{year}",
            f"carpeta judicial {serial}/{year}",
            f"carpeta {serial}/{year}-UIE",
            f"carpeta administrativa {serial:05}/{year}",
            f"expediente {serial}/{year}",
            f"expediente número {serial}-{year}",
            f"exp. {serial}/{year}-{roman}",
            f"exp. núm. {rng.randrange(1, 12)}/{year}",
            f"toca penal {serial}/{year}",
            f"amparo indirecto {serial}/{year}",
            f"averiguación previa AP/{serial}/{year}",
            f"FED/NL/ESC/{serial:07}/{year}",
            f"CI-FIDCN/B/UI-B-1 C/D/{serial:05}/03-{year}",
            f"{serial + 100}/{year}",
            f"{serial + 100}/{year}-C",
            f"folio {year}{rng.randrange(1, 13):02}{serial:05}",
            f"folio núm. {year}0{serial:06}",
            f"caso {serial + 10000}",
            _filed(rng, serial, year),
        ]
    )


def _filed(rng: random.Random, serial: int, year: int) -> str:
    """A number after the letters of a court, or of a kind of matter."""
    court = "".join(rng.choices("BCDFGHJKLPQRTVX", k=rng.randrange(2, 5)))
    return rng.choice(
        [
            f"{court}/{serial}/{year}",
            f"{court}-{serial}/{year}",
            f"{'.'.join(court)}./{serial}/{year}",
            f"{court}/{rng.choice(['I', 'II', 'UG'])}/{serial}/{year}",
            f"{court}-{serial + 100}-{year}",
        ]
    )


_CUES = {
    "M": (
        "el señor", "Sr.", "al Sr.", "el participante", "participante", "el C.", "C.",
        "paciente", "el paciente de nombre", "el usuario", "don", "el imputado",
        "el sentenciado", "el joven", "el beneficiario", "un participante llamado",
        "el interno", "el adolescente", "a nombre de", "el ciudadano", "el acusado",
        "el egresado", "el señor", "participante de nombre",
    ),
    "F": (
        "la señora", "Sra.", "la Sra.", "la participante", "participante", "la C.", "C.",
        "Srita.", "la paciente de nombre", "la usuaria", "doña", "la imputada",
        "la sentenciada", "la joven", "la beneficiaria", "una participante llamada",
        "la interna", "la adolescente", "a nombre de", "la ciudadana", "la acusada",
        "la egresada", "la señorita", "paciente",
    ),
}  # fmt: skip
# Whom a note credits or asks about, besides those it is about.
_CUES_OF_THE_TEAM = {
    "M": (
        "se llama", "el defensor", "su abogado", "el juez", "el juez de control",
        "el terapeuta", "el psicólogo", "el magistrado", "el fiscal", "el médico",
        "el trabajador social", "el defensor público", "elaboró:", "capturó", "el coordinador",
        "caso de", "responsable:", "su hermano", "su padrino", "el actuario", "el perito",
        "hablar con", "su nombre es", "el agente del ministerio público",
    ),
    "F": (
        "se llama", "la defensora", "su abogada", "la jueza", "la juez de ejecución",
        "la terapeuta", "la psicóloga clínica", "la magistrada", "la fiscal", "la médica",
        "la trabajadora social", "la defensora pública", "revisó:", "firma", "la coordinadora",
        "caso de", "contacto:", "su pareja se llama", "su hermana", "su tía", "la perita",
        "comunicarse con", "su nombre es", "la enfermera",
    ),
}  # fmt: skip


# How people write them who do not write as forms do: in the plural, small, for both sexes.
_CUES_OF_ALL_KINDS = (
    "la exparticipante", "el ex-participante", "el ex usuario", "las participantes",
    "los imputados", "Los señores", "las señoras", "Sres.", "las Lics.", "Lcda.", "Lcdo.",
    "la Ing.", "el Arq.", "Profra.", "Mtra.", "el Psic.", "la Dra.", "Dña.",
    "usuario(a)", "defensor/a", "señor(a)", "l@ usuari@", "la imputad@", "participante(s)",
    "la abuelita", "su hermanito", "la jovencita", "el muchachito, hijo de la usuaria,",
    "su mamá", "su papá", "mi mamá", "la mamá", "el niño", "la niña", "el bebé", "la bebé",
    "el preso", "la presa", "el reo", "la cliente", "el cliente", "la alumna", "los alumnos",
    "su pareja", "su cónyuge", "su prima", "el nieto", "la indiciada", "el recluso",
    "las juezas", "los jueces", "la juzgadora", "las defensoras", "el ministerio público",
    "la coordinadora operativa", "la trabajadora social", "el oficial notificador",
    "elaborado por", "atendido por", "Capturó", "validó:", "se llaman", "Nombre:",
    "nombre completo:",
)  # fmt: skip
_JOINS = (" ",) * 8 + (
    ": ",
    ", ",
    " – ",
    " (",
    "  ",
    " «",
    "\t",
    " * ",
    " “",
    " = ",
    " -> ",
    " / ",
)
_BEGIN = (
    "No", "Yol", "Mu", "Ke", "Tle", "Wi", "Xa", "Be", "Dio", "Ro", "Il", "Nay", "Qui", "Zu",
    "Ci", "Jar", "Ley", "Tau", "Or", "Ame", "Gua", "Fe", "Hu", "Pa", "Sé", "Ló",
)  # fmt: skip
_INSIDE = (
    "he", "li", "be", "tza", "ri", "no", "va", "xo", "du", "mi", "ya", "ce", "lo", "ma", "que",
    "ñe", "go",
)  # fmt: skip
_END_GIVEN = (
    "lia", "tic", "ly", "rin", "xa", "met", "vel", "ria", "lys", "na", "th", "yel", "ndi",
)  # fmt: skip
_END_SURNAME = (
    "tuk", "cab", "rez", "mal", "rro", "quil", "ndez", "tzin", "ga", "lla", "no", "ui", "ra",
)  # fmt: skip


def _made_up(rng: random.Random, ends: tuple[str, ...]) -> str:
    return rng.choice(_BEGIN) + rng.choice(_INSIDE) + rng.choice(ends)


def _nobodys_name(rng: random.Random) -> str:
    """A given name and a surname that hardly anybody bears, whatever lists of names have."""
    given, surname = _made_up(rng, _END_GIVEN), _made_up(rng, _END_SURNAME)
    return rng.choice(
        [
            f"{given} {surname}",
            f"{given} {surname} {_made_up(rng, _END_SURNAME)}",
            f"{given} {_made_up(rng, _END_GIVEN)} {surname}",
            f"{given} de la {surname}",
        ]
    )


def unlisted_name_cue(rng: random.Random) -> str:
    """A cue and a name of no list: it is one by its capitals, or by an initial."""
    if rng.random() < 0.4:
        cue = rng.choice(_CUES_OF_ALL_KINDS)
        return f"{cue}{rng.choice(_JOINS)}{_nobodys_name(rng)}"
    sex = rng.choice("MF")
    cue = rng.choice(rng.choice([_CUES, _CUES_OF_THE_TEAM])[sex])
    given, surname = _made_up(rng, _END_GIVEN), _made_up(rng, _END_SURNAME)
    name = rng.choice([_nobodys_name(rng), given, f"{given} N.", f"{given[0]}. {surname}"])
    if name == given and cue in _CUES[sex] and rng.random() < 0.3:
        name = rng.choice(["de la Cruz", "del Toro", "de la O", "De la Garza", "de los Santos"])
    return f"{cue} {name}"


def name_cue(rng: random.Random) -> str:
    who = _someone(rng)
    name = rng.choice(
        [
            who.full,
            who.full,
            f"{who.given} {who.paternal}",
            who.given,
            f"{who.given.split()[0]} N.",
        ]
    )
    if rng.random() < 0.3:
        return f"{rng.choice(_CUES_OF_THE_TEAM[who.sex])} {who.given} {who.paternal}"
    if rng.random() < 0.1:
        name = f"{who.paternal} {who.maternal}"
    return f"{rng.choice(_CUES[who.sex])} {name}"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "curp": curp,
    "rfc": rfc,
    "nss": nss,
    "nuc": nuc,
    "case_file": case_file,
    "phone": phone,
    "email": email,
    "name_cue": name_cue,
}

_INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u034f")


def _wide(text: str) -> str:
    """In the full-width letters of East Asian fonts, accents taken off."""
    plain = unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode()
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in plain)


def _strewn(rng: random.Random, text: str) -> str:
    """With characters between that nobody sees."""
    parts = [c + rng.choice(_INVISIBLE) * (rng.random() < 0.5) for c in text]
    return "".join(parts)


def _apart(word: str, sep: str) -> str:
    return sep.join(word)


def _words_apart(text: str, sep: str) -> str:
    """Each word's characters set apart, and the words further."""
    return "   ".join(_apart(word, sep) for word in text.split())


def _figures_apart(text: str, sep: str) -> str:
    """The figures of each number set apart, but for those of a word like SC01."""
    return re.sub(r"(?<![^\W_])\d+", lambda number: _apart(number[0], sep), text)


def _dressed(rng: random.Random, value: str) -> str:
    """As it is, to the eye: its capitals stay."""
    plain: list[Callable[[], str]] = [
        lambda: value,
        lambda: _wide(value),
        lambda: _strewn(rng, value),
        lambda: unicodedata.normalize("NFD", value),
        lambda: value if set("(@") & set(value) else _words_apart(value, " "),
    ]
    return rng.choice(plain)()


def _disguised(rng: random.Random, kind: str, value: str) -> str:
    plain: list[Callable[[], str]] = [
        lambda: value,
        lambda: value,
        value.upper,
        value.lower,
        lambda: _wide(value),
        lambda: _strewn(rng, value),
        lambda: _strewn(rng, value.upper()),
        lambda: unicodedata.normalize("NFD", value),
    ]
    if kind in ("curp", "rfc", "nss", "phone"):
        bare = "".join(c for c in value if c.isalnum() or c in "&+")
        plain += [
            lambda: _apart(bare, " "),
            lambda: _apart(bare, "."),
            lambda: _apart(bare.lower(), "-"),
            lambda: _apart(bare, " ."),
        ]
    if kind in ("nuc", "case_file"):
        plain += [lambda: _figures_apart(value, " "), lambda: _figures_apart(value, ".")]
    if kind == "nuc" and value.startswith("NUC"):
        plain += [lambda: " ".join(value.replace(" ", ""))]
    if kind == "curp":
        plain += [lambda: _apart(bare, ","), lambda: _apart(bare, " : ")]
    if kind in ("curp", "rfc"):
        letters = next(place for place, char in enumerate(value) if char.isdigit())
        groups = [value[:letters], value[letters : letters + 6], value[letters + 6 :]]
        parts = [part for part in groups if part]
        plain += [
            lambda: " ".join(parts),
            lambda: "-".join(parts),
            lambda: ".".join(parts).lower(),
            lambda: rng.choice([",", ", ", ":", ": ", ";", " / "]).join(parts),
        ]
    if kind == "name_cue":
        plain += [
            lambda: _words_apart(value, " "),
            lambda: _words_apart(value.upper(), "."),
        ]
    return rng.choice(plain)()


_UNLISTED = 0.6  # of the names
_CARRIERS = (
    "{}",
    "{}.",
    "Se corrige el conteo por el caso de {}.",
    "La diferencia se debe a {}, que no se había contado.",
    "Un ingreso de más en el mes ({}); ya se cotejó con la lista.",
    "El egreso corresponde a {} y se contó dos veces",
    "Corrección: {} / reingreso del día 14.",
    "Traslado recibido de otro juzgado:\n{}",
    "CANALIZACIÓN TARDÍA POR {}",
    "Cualquier duda, {}; gracias.",
    "véase {}, falta en agosto",
    'Ver "{}" en la relación anexa, 2 de 5.',
)


def hostile(rng: random.Random) -> Text:
    """A note with somebody in it."""
    kind = rng.choice(tuple(KINDS))
    if kind == "name_cue" and rng.random() < _UNLISTED:
        value = unlisted_name_cue(rng)
        written = _dressed(rng, value)
    else:
        value = KINDS[kind](rng)
        written = _disguised(rng, kind, value)
    return Text(rng.choice(_CARRIERS).format(written), kind, value)


def without_capitals(rng: random.Random) -> Text:
    """A note with a name of no list in it, all in small letters or all in large ones."""
    value = unlisted_name_cue(rng)
    written = rng.choice(_CARRIERS).format(value)
    return Text(rng.choice([str.upper, str.lower])(written), "name_cue", value)


_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
_COURTS = (
    "Juzgado Segundo de Control del Distrito Judicial de Monterrey",
    "Juzgado de Ejecución de Sanciones Penales de Toluca",
    "Tribunal de Tratamiento de Adicciones de Guadalupe",
    "Juzgado 3.º de Control de Ciudad Juárez",
    "Tribunal Superior de Justicia del Estado de Durango",
    "Juzgado Especializado en Justicia Terapéutica de San Nicolás de los Garza",
    "Centro de Justicia Penal Federal en Morelos",
    "juzgado de control de Benito Juárez",
    "Sala Penal de Tuxtla Gutiérrez",
)
_BODIES = (
    "la Fiscalía General del Estado", "el Centro de Integración Juvenil", "la UMECA",
    "el DIF", "la Secretaría de Salud", "el Hospital Psiquiátrico", "la Defensoría Pública",
    "la CICAD", "el Instituto Estatal de las Mujeres", "la Conasama", "el Poder Judicial",
    "el CAPA",
)  # fmt: skip
_LAWS = (
    "artículo {n} del CNPP", "artículos {n} y {m} del CNPP", "art. {n} CNPP",
    "art. {n}, fr. III", "arts. 169 a 189 de la LNEP",
    "artículo {n} de la Ley Nacional de Ejecución Penal", "NOM-028-SSA2-2009",
    "acuerdo general {n}/2020", "circular {k}/2026", "oficio {n}/2026",
    "artículo 20 constitucional", "la LNSIJPA", "la fracción II del artículo {n}",
)  # fmt: skip
_RULES = (
    "H01_balance", "S04_outlier", "S03_copy", "H02_continuity", "S01_zero_after_nonzero",
    "S18_mix_shift", "N01_gap", "S20_screen_lag",
)  # fmt: skip
_MEASURES = (
    "active_open", "drug_tests_positive", "exits[GRD]", "hearings",
    "/measures/admissions/value", "ccm_active_close", "followup_due",
    "referral_to_admission_days.n", "charges_dropped",
)  # fmt: skip
_DOING = (
    "reingresó", "cambió de domicilio", "se contó dos veces", "está en pausa médica",
    "fue trasladada a otro programa", "no se presentó", "egresó por causa médica",
    "llegó sin expediente", "pidió su retiro voluntario", "dio positivo en {k} pruebas",
    "continúa en fase 3", "tiene plan CCM", "con doble registro", "sin modalidad asignada",
    "menor de edad", "de otro municipio", "que reingresó en {month}",
    "en suspensión temporal", "pendiente de valoración", "dada de alta", "mayor de 65 años",
    "nuevo en el programa", "ya contado en {month}", "falleció",
    "recae y vuelve a tratamiento", "referido por {body}",
)  # fmt: skip
_SOMEBODY = (
    "la participante", "el participante", "un participante", "una participante", "el usuario",
    "la usuaria", "una paciente", "un paciente", "el paciente", "la interna", "una persona",
    "el sentenciado", "la imputada", "un joven", "la beneficiaria", "el adolescente",
)  # fmt: skip

_INNOCENT = (
    "{Somebody} {doing}.",
    "{Somebody} {doing}; se corrige {measure}.",
    "Se cotejó con la lista: {somebody} {doing} y otros {k} participantes {many}.",
    "El señor juez concedió vacaciones del {day} al {day2}.",
    "La señora jueza estuvo de licencia hasta el {date}.",
    "El C. Juez de Control suspendió audiencias el {date}.",
    "El señor magistrado y el C. Director acordaron {n} cupos.",
    "Los participantes {many} en {month} se contaron en {month2}.",
    "Participantes: {n} en fase 1 y {k} en fase 2.",
    "Hubo {n} audiencias el {date} por el cierre del {court}.",
    "Ceremonia de la {k}.ª generación el {date}: {k} egresos.",
    "Presupuesto ejercido: ${money} M.N. en {month} de {year}.",
    "Se pagaron {money} pesos por reactivos; faltan {n} pruebas.",
    "El porcentaje pasó de {pct} % a {pct2}% respecto de {period}.",
    "Positividad de {pct}% contra {pct2} % del mes anterior.",
    "Conforme al {law}, se suspendió el plazo.",
    "Según {law} y {law2}, no procede.",
    "La regla {rule} señala {measure}: la cifra es correcta, {n} de {m}.",
    "{rule}: cotejado con {body}, sin cambio.",
    "Corrige el periodo {period}; el programa {programme} reportó {n}.",
    "Periodo {period} a {period2}, programa {programme}.",
    "Del {iso} al {iso2} no hubo sistema en el {court}.",
    "El {iso} {clock} se cayó el sistema; se capturó el {date}.",
    "{court}: se integró el módulo de {body} en {month}.",
    "Se trasladaron {k} personas al programa {programme} el {day} de {month}.",
    "{body} envió el dato el {date}, después del plazo.",
    "Reporte tardío por inventario anual ({day}/{mm}/{year}).",
    "Entre {mm}/{year} y {mm2}/{year} se contó por fecha de ceremonia.",
    "Total {n},{n3} pruebas: {n} de orina, {m} de saliva y {k} de aliento.",
    "Capacidad de {n} a {m} cupos desde {month} de {year}; antes {k}.",
    "Series 2024, 2025 y 2026 no comparables; ver nota de {month}.",
    "Cifras por mes: {k}, {n}, {m}, {k}, {n} y {m}.",
    "Ruptura de serie: desde {period} se cuenta por persona y no por causa penal.",
    "Se cuenta por carpeta de investigación y no por persona.",
    "Los expedientes de {year} se migraron al sistema nuevo; {n} de {m} completos.",
    "Se revisaron {n} expedientes en {month}; el error venía de {month2}.",
    "La causa fue el cambio de sistema del {date}.",
    "Dato provisional; falta confirmar {n} resultados del laboratorio.",
    "Sin novedad.",
    "Mes fiel: se repiten las cifras porque no hubo audiencias del {day} al {day2} de {month}.",
    "Definición local: se cuenta también el consumo que la persona declara.",
    "Incluido en {programme}, que reporta por los dos juzgados.",
    "Nuevo convenio con {body}; aumentan las canalizaciones de {n} a {m}.",
    "El equipo: {k} psicólogas, {k} médicos y una trabajadora social.",
    "Capacitación de {n} personas, {m} horas-persona, sede {court}.",
    "CNPP, LNEP y NOM aplicables; versión 1.0.0 del contrato.",
    "ESTIMADO POR CIERRE DE {court}, {N} AUDIENCIAS",
    "LA PARTICIPANTE {DOING}.",
    "EL SEÑOR JUEZ DE CONTROL ESTUVO DE VACACIONES.",
    "No aplica: el programa no cuenta con residencial.",
    "Se recibió tarde el correo de {body} con {n} resultados.",
    "Teléfono del juzgado fuera de servicio {k} días.",
    "Se perdieron {n} registros (folios 1 a {n}) y se recuperaron {k}.",
    "Ver C. 3 del anexo y la sección B. 2.",
    "Temperatura, horario de 9:00 a 18:30 y {k} h de traslado: {n}.{k} km.",
    "Dirección de {body}, piso {k}, por obras.",
    "don de mando no, pero sí hubo cambio de titular en {month}.",
    "La joven generación {k} egresó completa; paciente espera de {n} días.",
    "C. Juárez, Chih.: {n} audiencias.",
    "El juez de control, la defensora pública y el fiscal acordaron {n} cupos el {date}.",
    "La defensora y el abogado pidieron diferir {k} audiencias en {month}.",
    "La jueza Segunda de Ejecución Penal tomó el cargo el {date}.",
    "El Juez Primero Especializado y la Directora General firmaron el acta de {month}.",
    "La psicóloga clínica y la terapeuta {doing_of_the_team}.",
    "El programa se llama Renace desde {month} de {year}; antes, Vida Nueva.",
    "Se llama a audiencia a {n} personas; se llama la atención por {k} faltas.",
    "El módulo que se llama Seguimiento no guardó {n} registros.",
    "Elaboró: coordinación de {body}. Revisó: juzgado. Capturó: área de estadística.",
    "Responsable: la coordinadora del programa {programme}; contacto por oficio {n}/2026.",
    "El caso de {somebody} que {doing} se contó en {month}.",
    "El fiscal de Benito Juárez y el juez de Lázaro Cárdenas enviaron {n} casos.",
    "La coordinadora de Guadalupe y el director de Santiago cotejaron {n} expedientes.",
    "La trabajadora social y el médico {doing_of_the_team}.",
    "Su abogado no se presentó y la audiencia se difirió al {date}.",
    "Folios 100 a {n}, legajo de {month}; el registro {n} estaba repetido.",
    "En este caso {n} pruebas; en el caso de {month}, {m}.",
    "Ingreso de {k} personas y egreso de {n}; baja de {k} por traslado a {court}.",
    "La enfermera adscrita al {court} tomó {n} muestras el {date}.",
    "El enlace de {body} confirmó {n} canalizaciones; la titular avisó el {date}.",
    "La Magistrada Presidenta y el Secretario de Salud inauguraron el {court}.",
    "El grupo de hombres se llama Nuevo Comienzo y el de mujeres, Luz y Vida.",
    "Validó {body} el {date}; atendió el turno vespertino {n} personas.",
    "{Somebody} {Did} {rest}.",
    "{Somebody} {Did}; se corrige {measure}.",
    "Por esa causa {n} {counted} se contaron en {month}.",
    "La causa: {n} {counted} sin registro; en proceso {m} {counted}.",
    "En juicio {n} % de los casos; proceso {year0}-{year1}.",
    "Proceso {year0}-{year1}: {n} {counted}.",
    "Expediente de {n} {counted}, ciclo {year0}-{year1}.",
    "Por mes: {row}.",
    "{row} ({measure})",
    "Tod@s l@s participantes. Se contó a {n} usuari@s.",
    "Avisos: {n}, un@ por persona. El correo no llegó; punto y aparte.",
    "{Titled}: {n} {counted} en {month}.",
    "{Titled}; se corrige {measure}.",
    "Se cotejó: {Titled}, {k} casos de {month}.",
    "{Titled}",
    "{Held} {doing_of_the_team}.",
    "{Held} firmó el acta del {date}.",
    "Revisó {Held}; {n} {counted} sin registro.",
    "{Credit}: {Unit}. {n} {counted}.",
    "{Credit} {Unit} el {date}.",
    "Caso de {Unit}: {n} {counted} de {month}.",
    "NUC pendiente en {n} registros; sin NUC {k} de {m}.",
    "Carpetas con NUC: {n}; sin NUC: {k} {counted}.",
    "Teléfono {k} días sin línea; cel. institucional apagado del {date} al {day} de {month}.",
    "Tel. del juzgado sin servicio: {n} llamadas perdidas en {month} de {year}.",
    "La mamá o el papá de la persona firmó en {n} casos; {k} niñas y {m} niños acompañaron.",
    "Cliente, alumno y paciente se cuentan una vez; {n} {counted}.",
    "La presa está fuera de servicio y hubo {n} faltas por agua en {month}.",
    "El bebé y la madre se trasladaron a {Town}; {k} reos de {Town} pasaron a fase 2.",
    "Participantes de {Town} y de {Town}: {n}; usuarios de {Unit}: {k}.",
    "El juez de {Town} y la fiscal de {Town} enviaron {n} casos.",
)
# With the capitals that forms, lists and courtesy give to words.
_TITLED = (
    "Paciente Psiquiátrico referido a {body}", "Persona Adulta Mayor trasladada",
    "El joven Estudiante reingresó", "Imputado Absuelto en {month}", "Testigo Social presente",
    "Participante Activo", "Participante Suspendido Temporalmente", "Usuaria Embarazada",
    "Persona Indígena Tzotzil", "Adolescente Migrante Hondureño",
    "Persona Privada de la Libertad", "Paciente Ambulatorio", "Paciente Residencial Breve",
    "Imputada Reincidente",
    "Sentenciado Ejecutoriado", "Egresado Exitoso", "Interno Foráneo", "Menor Infractor",
    "Persona Sentenciada", "Persona con Discapacidad Auditiva", "Víctima Indirecta",
    "Persona Usuaria de Servicios", "Joven Adulto en Conflicto con la Ley", "Madre Soltera",
    "Padre Ausente", "Hijos Menores", "Familiar Responsable", "Familiar Directo",
    "Paciente Dual", "Paciente Pediátrico", "Participante Nuevo", "Persona Jurídica",
    "Persona Moral", "Persona Física", "Ciudadano Mexicano", "Usuario Final",
    "Residente Psiquiatra", "Residente Médico", "Testigo Protegido", "Persona Afromexicana",
    "Participante Desertor", "Participante Intermitente", "Población Penitenciaria",
    "Tutor Legal", "Vecino Colindante", "Pareja Sentimental", "Alumno Irregular",
    "Cliente Frecuente", "Hermano Mayor", "Madre Lactante", "Imputado Primodelincuente",
)  # fmt: skip
_HELD = (
    "la Jueza Titular", "el Juez Segundo de Control", "la Jueza Coordinadora",
    "el Juez de Ejecución Penal", "la Magistrada Ponente", "el Magistrado Presidente",
    "la Secretaria de Acuerdos", "el Secretario Técnico", "la Secretaria Proyectista",
    "el Fiscal Especializado", "la Fiscal Regional", "la Agente Investigadora",
    "el Agente del Ministerio Público", "la Policía Procesal", "el Policía Ministerial",
    "el Defensor Público Federal", "la Defensora Particular", "el Asesor Jurídico",
    "la Asesora Victimológica", "la Directora General", "el Director de Planeación",
    "la Subdirectora Administrativa", "la Coordinadora Clínica", "el Coordinador Estatal",
    "la Trabajadora Social", "la Psicóloga Forense", "el Perito Químico", "la Perita Oficial",
    "el Médico Legista", "la Médica Tratante", "el Psiquiatra Consultor", "la Enfermera Jefa",
    "la Terapeuta Familiar", "el Facilitador Certificado", "el Operador Terapéutico",
    "la Enlace Institucional", "el Enlace de Estadística", "la Encargada del Despacho",
    "el Encargado Administrativo", "el Titular del Área", "la Titular de la Unidad",
    "la Responsable Sanitaria", "la Jefa de Departamento", "el Oficial de Partes",
    "la Actuaria Notificadora", "el Notificador Adscrito", "la Consejera Electoral",
    "el Visitador Judicial", "la Juez Décimo Primero", "el Juez Octavo de lo Penal",
    "la Comisionada Presidenta", "el Administrador Judicial", "la Profesora Investigadora",
    "la Practicante Universitaria", "el Becario de Psicología", "el Capturista Nocturno",
)  # fmt: skip
_CREDIT = ("Elaboró", "Revisó", "Validó", "Autorizó", "Capturó", "Reportó", "Informó", "Envió")
_UNITS = (
    "Coordinación de Planeación", "Área de Estadística", "Unidad de Informática",
    "Dirección General", "Subdirección Clínica", "Departamento de Trabajo Social",
    "Juzgado de Ejecución", "Oficialía Mayor", "Contraloría Interna", "Enlace Estatal",
    "Fiscalía Regional", "Secretaría Técnica", "Supervisión de Medidas Cautelares",
    "Comité Técnico", "Oficina Central", "Gestión Judicial", "Tribunal Superior",
    "Recursos Humanos", "Centro de Justicia", "Seguimiento y Evaluación",
)  # fmt: skip
_TOWNS = (
    "Monterrey", "Toluca", "Ecatepec", "Chihuahua", "Durango", "Morelia", "Saltillo", "Tijuana",
    "Guadalupe", "San Nicolás", "Nuevo León", "Ciudad Juárez", "Gómez Palacio", "Puebla",
    "Nezahualcóyotl", "Texcoco", "Cuernavaca", "Baja California", "Tepic", "Apodaca",
)  # fmt: skip
_DID = (
    "Desistió", "Abandonó", "Terminó", "Continuó", "Aceptó", "Acudió", "Regresó", "Solicitó",
    "Continúa", "Permanece", "Trasladado", "Suspendida", "Dado", "Concluirá",
)  # fmt: skip
_REST = (
    "del programa", "el tratamiento", "en {month}", "a la audiencia del {date}",
    "por {n} días", "su plan de vida", "en fase {k}",
)  # fmt: skip
_COUNTED = (
    "días", "casos", "hojas", "personas", "audiencias", "horas", "participantes", "pruebas",
)  # fmt: skip
_OF_THE_TEAM = (
    "estuvieron de licencia en {month}", "cambiaron de adscripción",
    "no capturaron {n} sesiones", "tomaron el curso de {month}",
    "revisaron las listas del {date}",
)  # fmt: skip


def innocent(rng: random.Random) -> Text:
    """A note with nobody in it."""

    def a_date() -> date:
        return date(2022, 1, 1) + timedelta(days=rng.randrange(1800))

    def spelt(day: date) -> str:
        return rng.choice(
            [
                f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}",
                day.strftime("%d/%m/%Y"),
                day.strftime("%d-%m-%Y"),
                day.strftime("%d.%m.%Y"),
                f"{day.day}/{day.month}/{day.year % 100}",
                day.isoformat(),
            ]
        )

    words = {
        "n": str(rng.randrange(10, 400)),
        "m": str(rng.randrange(10, 400)),
        "k": str(rng.randrange(2, 13)),
        "n3": f"{rng.randrange(1000):03}",
        "N": str(rng.randrange(10, 400)),
        "day": f"{rng.randrange(1, 29)}",
        "day2": f"{rng.randrange(1, 29)}",
        "mm": f"{rng.randrange(1, 13):02}",
        "mm2": f"{rng.randrange(1, 13)}",
        "year": str(rng.randrange(2018, 2027)),
        "month": rng.choice(_MONTHS),
        "month2": rng.choice(_MONTHS),
        "date": spelt(a_date()),
        "iso": a_date().isoformat(),
        "iso2": a_date().isoformat(),
        "clock": f"{rng.randrange(24):02}:{rng.randrange(60):02}",
        "period": a_date().strftime("%Y-%m"),
        "period2": a_date().strftime("%Y-%m"),
        "money": f"{rng.randrange(1, 99):,}{rng.choice(['', ',500', ',250,000'])}"
        + rng.choice(["", ".00", ".50"]),
        "pct": f"{rng.randrange(1, 99)}{rng.choice(['', '.4', ',7'])}",
        "pct2": f"{rng.randrange(1, 99)}.{rng.randrange(10)}",
        "court": rng.choice(_COURTS),
        "body": rng.choice(_BODIES),
        "rule": rng.choice(_RULES),
        "measure": rng.choice(_MEASURES),
        "programme": f"MX-{rng.choice(['NLE', 'CHH', 'MEX', 'DUR'])}-{rng.randrange(1, 30):02}",
        "many": rng.choice(
            ["trasladados", "que reingresaron", "nuevos", "suspendidos", "de fase 4"]
        ),
    }
    for law in ("law", "law2"):
        words[law] = rng.choice(_LAWS).format(**words)
    words["Did"] = rng.choice(_DID)
    words["rest"] = rng.choice(_REST).format(**words)
    words["counted"] = rng.choice(_COUNTED)
    words["year0"], words["year1"] = (str(int(words["year"]) + later) for later in (0, 1))
    row = [
        str(rng.randrange(1, rng.choice([20, 100, 400]))) for _ in range(rng.randrange(5, 13))
    ]
    words["row"] = rng.choice([" ", ", ", ",", " - ", "/"]).join(row)
    words["doing"] = rng.choice(_DOING).format(**words)
    words["DOING"] = words["doing"].upper()
    words["doing_of_the_team"] = rng.choice(_OF_THE_TEAM).format(**words)
    words["somebody"] = rng.choice(_SOMEBODY)
    words["Somebody"] = words["somebody"].capitalize()
    words["Titled"] = rng.choice(_TITLED).format(**words)
    words["Held"] = rng.choice(_HELD)
    words["Credit"], words["Unit"] = rng.choice(_CREDIT), rng.choice(_UNITS)
    words["Town"] = rng.choice(_TOWNS)
    written = rng.choice(_INNOCENT).format(**words)
    if rng.random() < 0.15:
        written = rng.choice([str.upper, str.lower])(written)
    return Text(written)


def many(draw: Callable[[random.Random], Text], number: int, seed: str) -> Iterator[Text]:
    """So many different notes, the same for the same seed."""
    rng = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < number:
        text = draw(rng)
        if text.written not in seen and len(text.written) <= 500:
            seen.add(text.written)
            yield text
