"""Words after which a note names somebody: titles, roles, offices, and who did something."""

from __future__ import annotations

import re
from collections.abc import Set

_WORD = re.compile(r"[^\W\d_]+")


class Cues:
    """Cues as one pattern, and where in a text they may begin.

    listed  separated by commas; what follows the letters of a cue's last word is a pattern
    plural  what a cue may end in besides
    """

    def __init__(self, listed: str, plural: str = "") -> None:
        cues = [r"\s+".join(cue.split()) for cue in listed.split(",")]
        self.pattern = f"(?:{'|'.join(cues)})"
        self._by_first_word: dict[str, list[re.Pattern[str]]] = {}
        for cue in cues:
            if word := _WORD.match(cue):
                for first in {word[0], word[0] + plural}:
                    self._by_first_word.setdefault(first, []).append(re.compile(cue))

    def places(self, text: str, words: Set[str]) -> list[int]:
        """Where any of the cues stands, within a longer word too, in order.

        words  those of the text, both in lower case
        """
        there = self._by_first_word.keys() & words
        cues = [cue for word in there for cue in self._by_first_word[word]]
        return sorted({found.start() for cue in cues for found in cue.finditer(text)})


# Said before a name or an office, and hardly before anything else.
TITLES = Cues(r"""
    senor, senora, senorita, sr, sra, srita, srta, don, dona, doctor, doctora, dr, dra,
    licenciado, licenciada, lic, mtro, mtra, psic, llamado, llamada, apodado, apodada, alias,
    de nombre, a nombre de, nombre\s*:, nombre completo\s*:, apellido, apellidos,
    el c, la c, al c, del c, c(?=\s?\.)
""")
# Said of anybody, with or without a name.
ROLES = Cues(
    """
    abuela, abuelo, acompanante, acusada, acusado, adolescente, amiga, amigo, beneficiaria,
    beneficiario, ciudadana, ciudadano, companera, companero, concubina, concubino, cunada,
    cunado, detenida, detenido, egresada, egresado, esposa, esposo, graduada, graduado, hermana,
    hermano, hija, hijo, imputada, imputado, interna, interno, joven, madrastra, madre, madrina,
    menor, novia, novio, nuera, paciente, padrastro, padre, padrino, participante, persona,
    procesada, procesado, residente, sentenciada, sentenciado, sobrina, sobrino, suegra, suegro,
    testigo, tia, tio, tutor, tutora, usuaria, usuario, vecina, vecino, victima, yerno
    """,
    plural="s",
)
# Who holds an office, with what stands between it and a name: `juez de control …`.
_OFFICES = """
    abogada, abogado, actuaria, actuario, administrador, administradora, agente, asesor,
    asesora, becaria, becario, capacitador, capacitadora, capturista, comisionada,
    comisionado, consejera, consejero, coordinador, coordinadora, defensor, defensora,
    delegada, delegado, director, directora, encargada, encargado, enfermera, enfermero,
    enlace, facilitador, facilitadora, fiscal, ingeniera, ingeniero, jefa, jefe, juez, jueza,
    juzgador, juzgadora, maestra, maestro, magistrada, magistrado, medica, medico, ministerio
    publico, ministerio publica, notificador, notificadora, oficial, operador, operadora,
    orientador, orientadora, perita, perito, policia, practicante, profesor, profesora,
    psicologa, psicologo, psiquiatra, responsable, secretaria, secretario, subdirector,
    subdirectora, supervisor, supervisora, terapeuta, titular, trabajador social, trabajadora
    social
"""
# Who did or knows something, or whose case it is: often no name follows.
_CREDITED = """
    alta de, asunto de, atendio, atentamente, atte, audiencia de, autorizo, aviso, baja de,
    capturo, carpeta de, caso, caso de, comunicarse a, comunicarse con, confirmo, contactar a,
    contacto, dirigirse a, dirigirse con, egreso de, elaboro, envio, expediente de, firma,
    firmo, hablar a, hablar con, informo, ingreso de, juicio de, prueba de, registro,
    reingreso de, reporto, reviso, solicito, traslado de, valido, verlo a, verlo con
"""
OFFICES = Cues(f"{_OFFICES},{_CREDITED}")
CALLED = Cues("""
    se llama, se llamaba, se llamo, me llama, me llamaba, me llamo, su nombre es, su nombre era,
    cuyo nombre es, cuyo nombre era
""")
