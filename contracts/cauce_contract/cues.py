"""Words after which a note names somebody: titles, roles, offices, and who did something."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FORMER = re.compile(r"^ex-?(?=.{4})")
_INFLECTED = re.compile(r"(?:[oaex]?s|[oaex])$")
_SMALL = re.compile(r"c?it$")
_FIRST = 3  # letters by which most words are seen to be none, at once


class Cues:
    """Cues of one kind, in lower case and without accents, and where words have one.

    inflected  words in whatever gender and number, small or former: `exparticipantes`
    exact      words and phrases as they stand, separated by commas; a `:` or `.` at an end has
               to follow it
    """

    def __init__(self, inflected: str, exact: str = "") -> None:
        self._listed = frozenset(inflected.split())
        self._roots = frozenset(map(_root, self._listed))
        self._exact: dict[str, list[tuple[list[str], str]]] = {}
        for cue in filter(None, (listed.strip() for listed in exact.split(","))):
            end = cue[-1] if cue[-1] in ":." else ""
            first, *others = cue.removesuffix(end).split()
            self._exact.setdefault(first, []).append((others, end))
        for cues in self._exact.values():
            cues.sort(key=lambda cue: len(cue[0]), reverse=True)
        self._starts = frozenset(root[:_FIRST] for root in self._roots)

    def words_at(self, words: Sequence[str], gaps: Sequence[str], at: int) -> int:
        """How many words the cue has that begins with this one; 0 where none does.

        words  of the text, in lower case
        gaps   what stands after each
        """
        word = words[at]
        for others, end in self._exact.get(word, ()):
            last = at + len(others)
            if (
                list(words[at + 1 : last + 1]) == others
                and all(not gap.strip(" .\n\t") for gap in gaps[at:last])
                and gaps[last].lstrip().startswith(end)
            ):
                return len(others) + 1
        return int(self.is_inflected(word))

    def is_inflected(self, word: str) -> bool:
        """Whether a word in lower case is one of those that are found in any form."""
        if word[:_FIRST] not in self._starts and not word.startswith("ex"):
            return False
        root = _root(word)
        if root not in self._roots:
            root = _SMALL.sub("", root)
        ending = _FORMER.sub("", word)[len(root) :]
        # `person` and `clients` are of another language, and about nobody there.
        return root in self._roots and (root in self._listed or ending not in ("", "s"))


def _root(word: str) -> str:
    return _INFLECTED.sub("", _FORMER.sub("", word))


# Said before a name or an office, and hardly before anything else.
TITLES = Cues(
    "senor senorit doctor licenciad",
    """
    sr, sra, sres, sras, srita, srta, sritas, don, dona, dna, dr, dra, dres, dras, lic,
    lics, lcda, lcdo, mtro, mtra, mtros, mtras, psic, psics, ing, arq, prof, profr, profra, enf,
    t s, q f b, alias, llamado, llamada, apodado,
    apodada, de nombre, de nombres, a nombre de, nombre:, nombres:, nombre completo:,
    apellido, apellidos, el c, la c, al c, del c, los cc, c., cc., los c
    """,
)
# Said of anybody, with or without a name.
ROLES = Cues(
    """
    abuela acompanante acusada adolescente alumna amiga bebe beneficiaria bisabuela ciudadana
    cliente companera concubina conyuge cunada detenida egresada esposa familiar graduada
    hermana hermanastra hija hijastra imputada indiciada interna joven jovenes madrastra madre
    madrina mama menor nieta nina novia nuera paciente padrastro padre padrino papa pareja
    participante persona preso primo procesada pupila recluso residente sentenciada sobrina
    suegra testigo tutor usuaria vecina victima yerno
    """,
    "reo, rea, reos, reas, tia, tias, tio, tios",
)
# Who holds an office, with what stands between it and a name: `juez de control …`.
_OFFICES = """
    abogada actuaria administrador agente asesor becaria capacitador capturista comisionada
    consejera coordinador defensor delegada director encargada enfermera enlace
    facilitador fiscal ingeniera jefa juez juec juzgador maestra magistrada medica notificador
    oficial operador orientador perita policia practicante procurador profesor psicologa
    psiquiatra responsable secretaria subdirector supervisor terapeuta titular visitador
"""
# Who did or knows something, or whose case it is: often no name follows.
_CREDITED = """
    ministerio publico, ministerio publica, trabajador social, trabajadora social,
    alta de, asunto de, atendio, atentamente, atte, audiencia de, autorizo, aviso, baja de,
    capturo, carpeta de, caso, caso de, comunicarse a, comunicarse con, confirmo, contactar a,
    contacto, dirigirse a, dirigirse con, egreso de, elaboro, envio, expediente de, firma,
    firmo, hablar a, hablar con, informo, ingreso de, juicio de, prueba de, registro,
    reingreso de, reporto, reviso, solicito, traslado de, valido, verlo a, verlo con,
    elaborado por, revisado por, autorizado por, capturado por, atendida por, atendido por
"""
OFFICES = Cues(_OFFICES, _CREDITED)
CALLED = Cues(
    "",
    """
    se llama, se llaman, se llamaba, se llamo, me llama, me llamaba, me llamo, su nombre es,
    su nombre era, cuyo nombre es, cuyo nombre era
    """,
)
