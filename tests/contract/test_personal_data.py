"""Free text: whoever is in it is found in any disguise, and nobody is seen where nobody is."""

from __future__ import annotations

import re
import signal
import unicodedata
from collections import Counter
from typing import Any

import pytest

from cauce_contract.names import NAMES
from cauce_contract.personal import PATTERNS, readings
from support.free_texts import KINDS, Text, hostile, innocent, many, without_capitals
from support.months import (
    CONTRACT,
    GAP,
    Document,
    check_alone,
    complaints,
    month,
    read,
    rendered,
)

NUMBER = 6000
HOSTILE = list(many(hostile, NUMBER, "somebody"))
INNOCENT = list(many(innocent, NUMBER, "nobody"))

NOTE = "/measures/relapses/note"


def with_note(text: str) -> Document:
    document = month()
    document["measures"]["relapses"]["note"] = text
    return document


def refused(texts: list[Text]) -> list[set[str]]:
    """The kinds of personal data found in each text, as the note of a measure."""
    size = len(CONTRACT.measures)
    batches = [texts[at : at + size] for at in range(0, len(texts), size)]
    return [kinds for batch in batches for kinds in refused_at_once(batch)]


def refused_at_once(texts: list[Text]) -> list[set[str]]:
    """The same, of as many texts as there are measures to have a note."""
    notes = dict(zip(CONTRACT.measures, texts, strict=False))
    found: dict[str, set[str]] = {f"/measures/{measure}/note": set() for measure in notes}
    for finding in check_alone(
        only_with({m: note.written for m, note in notes.items()})
    ).findings:
        if finding.rule == "H22_no_personal":
            found[finding.pointer].add(str(finding.figures["shape_name"]))
    return list(found.values())


def only_with(notes: dict[str, str]) -> Document:
    """A document with nothing in it but notes."""
    absent = {"value": None, "sum": None, "n": None, "status": "missing"}
    measures = {measure: absent | {"note": note} for measure, note in notes.items()}
    return month() | {"measures": measures}


def test_everybody_is_found_in_whatever_disguise() -> None:
    kinds = refused(HOSTILE)

    missed = [text for text, found in zip(HOSTILE, kinds, strict=True) if not found]
    sent = Counter(text.kind for text in HOSTILE)
    named = Counter(
        text.kind for text, found in zip(HOSTILE, kinds, strict=True) if text.kind in found
    )
    recall = (len(HOSTILE) - len(missed)) / len(HOSTILE)
    print(
        f"{len(HOSTILE)} hostile texts, recall {recall:.2%}; by kind, and named as that kind:"
    )
    print(", ".join(f"{kind} {sent[kind]} ({named[kind] / sent[kind]:.1%})" for kind in KINDS))
    assert missed == []
    assert all(named[kind] >= 0.98 * sent[kind] >= 500 for kind in KINDS)


def words_of(text: str) -> set[str]:
    plain = unicodedata.normalize("NFD", text.lower())
    return set(
        re.findall(r"[a-z]+", "".join(c for c in plain if unicodedata.category(c) != "Mn"))
    )


def test_most_names_of_the_corpus_stand_in_no_list() -> None:
    named = [text for text in HOSTILE if text.kind == "name_cue"]

    unlisted = [text for text in named if not words_of(text.value) & NAMES]

    print(f"{len(unlisted)} of {len(named)} names are in no list")
    assert len(unlisted) >= len(named) / 2


def test_what_is_seen_of_unlisted_names_without_capitals_is_told() -> None:
    """Such a name is no more than a word: after titles all are found, of the others some."""
    texts = list(many(without_capitals, 1000, "whoever"))

    found = sum(map(bool, refused(texts)))

    print(f"unlisted names all in capitals or none: {found / len(texts):.0%} are seen")
    assert found >= 0.4 * len(texts)


def test_hardly_anybody_is_seen_where_there_is_nobody() -> None:
    kinds = refused(INNOCENT)

    seen = [text.written for text, found in zip(INNOCENT, kinds, strict=True) if found]
    share = len(seen) / len(INNOCENT)
    print(f"{len(INNOCENT)} innocent texts, false positives {share:.2%}: {seen[:5]}")
    assert share < 0.01


@pytest.mark.parametrize("kind", PATTERNS)
def test_no_pattern_matches_without_the_part_that_is_looked_for_first(kind: str) -> None:
    """That part alone decides for most texts, so whatever it misses would stay unseen."""
    texts = [text.written for text in HOSTILE if text.kind == kind] + [
        text.written for text in INNOCENT[::10]
    ]
    matched = 0
    for text in texts:
        for reading in readings(unicodedata.normalize("NFKC", text)):
            for part, pattern in PATTERNS[kind]:
                if re.search(pattern, reading, re.IGNORECASE | re.VERBOSE):
                    matched += 1
                    assert re.search(part, reading.lower(), re.VERBOSE), (pattern, reading)
    assert matched >= 500


def test_most_notes_are_read_once_and_no_pattern_is_tried_on_most() -> None:
    """What a note costs, counted: 200 of them in one document must not hold the centre up."""
    read = tried = 0
    for text in INNOCENT:
        for reading in readings(unicodedata.normalize("NFKC", text.written)):
            lower = reading.lower()
            read += 1
            tried += sum(
                bool(re.search(part, lower, re.VERBOSE))
                for patterns in PATTERNS.values()
                for part, _ in patterns
            )
    patterns = sum(map(len, PATTERNS.values()))
    print(
        f"{read / len(INNOCENT):.2f} readings a text, {tried / read:.2f} of {patterns} patterns"
    )
    assert read < 1.5 * len(INNOCENT)
    assert tried < 0.1 * patterns * read


def test_the_value_is_never_repeated() -> None:
    for text in HOSTILE[::40]:
        said = rendered(check_alone(with_note(text.written)))
        assert text.written not in said
        assert all(
            part not in said for part in re.findall(r"\w{6,}", text.value) if is_odd(part)
        )


def is_odd(part: str) -> bool:
    """Whether a part of somebody's data is no word that a message may have of itself."""
    return bool(re.search(r"\d", part))


def text_in(place: str, text: str) -> Document:
    """A month with a text at one of the places that take free text."""
    said: Any = {"rule": "S03_copy", "pointer": "/measures", "explanation": text}
    return {
        NOTE: with_note(text),
        "/acknowledgements/0/explanation": month() | {"acknowledgements": [said]},
        "/revision_reason/text": month() | {"revision_reason": {"code": "error", "text": text}},
    }[place]


PLACES = [NOTE, "/acknowledgements/0/explanation", "/revision_reason/text"]
SHOWN = {
    "curp": "XEXX010101HNEXXXA4",
    "rfc": "XEXX010101000",
    "nss": "43-07-85-1234-5",
    "nuc": "NUC 12-2024-00123",
    "case_file": "causa penal 123/2024",
    "phone": "+52 81 1234 5678",
    "email": "canario@correo.invalid",
    "name_cue": "la señora Canario",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("kind", "text"), SHOWN.items())
def test_each_text_is_refused_by_kind_and_place(place: str, kind: str, text: str) -> None:
    outcome = check_alone(text_in(place, f"Se corrige: {text}, un caso."))

    assert complaints(outcome) == [("H22_no_personal", place), GAP]
    assert outcome.findings[0].figures == {"shape_name": kind}
    assert not outcome.is_accepted


def test_a_text_with_several_kinds_is_told_each_of_them() -> None:
    outcome = check_alone(with_note("; ".join(SHOWN.values())))

    assert {finding.figures.get("shape_name") for finding in outcome.of("error")} == {*SHOWN}


@pytest.mark.parametrize("language", list(CONTRACT.labels))
def test_every_kind_has_a_name(language: str) -> None:
    assert CONTRACT.labels[language].texts["personal"].keys() == SHOWN.keys() == KINDS.keys()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("se llama Luis Mora", "name_cue"),
        ("la defensora Rosa Hernández", "name_cue"),
        ("EL JUEZ DE CONTROL LUIS MORA", "name_cue"),
        ("la psicóloga clínica Rosa", "name_cue"),
        ("Capturó: Rosa Hernández", "name_cue"),
        ("por el caso de Luis Mora", "name_cue"),
        # Of no list: a capital after an office or a role, and an initial.
        ("la defensora Nohelia Cituk", "name_cue"),
        ("Revisó: R. Hernández", "name_cue"),
        ("la jueza M. Garza", "name_cue"),
        ("la jueza de control adscrita Nohelia Cituk", "name_cue"),
        ("EL JUEZ M. CITUK", "name_cue"),
        ("los participantes Nohelia Cituk y Yoltic Tuyub", "name_cue"),
        ("el hijo de Nohelia Cituk", "name_cue"),
        # Surnames that begin with a particle.
        ("la participante de la Cruz", "name_cue"),
        ("LA PARTICIPANTE DE LA CRUZ", "name_cue"),
        ("el participante del Toro", "name_cue"),
        ("el señor de la O", "name_cue"),
        # Without capitals: a known surname beside it, or letters that are no Spanish word's.
        ("la participante yoltic pérez", "name_cue"),
        ("LA DEFENSORA NOHELIA HERNÁNDEZ", "name_cue"),
        ("el usuario wuicab", "name_cue"),
        # The cues in other forms.
        ("su mamá Rosa López", "name_cue"),
        ("el papá Yoltic", "name_cue"),
        ("la niña Kenzy", "name_cue"),
        ("el bebé de Nohelia Cituk", "name_cue"),
        ("la presa Cituk", "name_cue"),
        ("el reo Tuyub", "name_cue"),
        ("la clienta Nohelia", "name_cue"),
        ("el alumno Yoltic", "name_cue"),
        ("l@s usuari@s Nohelia Cituk y Yoltic Tuyub", "name_cue"),
        ("usuario(a) Nohelia", "name_cue"),
        ("la exparticipante Nohelia", "name_cue"),
        ("la abuelita Nohelia", "name_cue"),
        # Short numbers after a word that says what they are.
        ("NUC 12-345", "nuc"),
        ("NUC 12/345", "nuc"),
        ("NUC 19-00123", "nuc"),
        ("NUC CI-123-456", "nuc"),
        ("NUC 12", "nuc"),
        ("tel. 8112-3456", "phone"),
        ("teléfono 81123456", "phone"),
        ("cel. 811 2345", "phone"),
        ("cel: 81-12-34-56", "phone"),
        ("juan@correo", "email"),
        ("juan.perez (arroba) pjenl", "email"),
        ("folio 20260912345", "case_file"),
        ("folio núm. 2026-0912345", "case_file"),
    ],
)
def test_whom_and_what_notes_name_is_named_rightly(text: str, kind: str) -> None:
    (finding,) = check_alone(with_note(f"Se corrige: {text}.")).of("error")

    assert finding.figures == {"shape_name": kind}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # A word processor's dashes, a line that ends in the middle, what a keyboard offers.
        *((f"GOMC850912{dash}HNLMRR09", "curp") for dash in "‐‑–—−|"),
        ("CURP GOMC8509\n12HNLMRR09", "curp"),
        *((f"tel. 81{joint}1234{joint}5678", "phone") for joint in "‑–—_·•*|,\n"),
        ("NSS 12345\n678901", "nss"),
        ("12–34–56–7890–1", "nss"),
        ("juan@correo。mx", "email"),
        ("participante – Juan Pérez", "name_cue"),
        ("participante_Juan_Pérez", "name_cue"),
        ("participante J. Pérez", "name_cue"),
        ("participante McAllister", "name_cue"),
        ("participante D’Angelo", "name_cue"),
        # Letters and digits in the dress of others.
        ("GОMC850912HNLMRR09", "curp"),
        ("ΑOMC850912HNLMRR09", "curp"),
        ("ɢᴏᴍᴄ850912ʜɴʟᴍʀʀ09", "curp"),
        ("🅖OMC850912HNLMRR09", "curp"),
        ("八一一二三四五六七八", "phone"),
    ],
)
def test_no_typography_hides_anybody(text: str, kind: str) -> None:
    found = check_alone(with_note(f"Se corrige: {text}.")).of("error")

    assert [finding.figures for finding in found] == [{"shape_name": kind}]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "nuc") for text in ("N U C 1 2 3", "N.U.C. 1 2 3", "N-U-C-1-2-3", "NUC123")),
        ("N U C N o . 5 1 3 / 2 0 2 3", "nuc"),
        *((f"GOMC{sep}850912{sep}HNLMRR{sep}09", "curp") for sep in (",", ":", "; ", " : ")),
        (",".join("GOMC850912HNLMRR09"), "curp"),
        ("GOMC,850912", "rfc"),
        *((f"juan{at}correo.mx", "email") for at in ("(at)", " <at> ", " at ", " arroba ")),
        *((f"juan@correo{dot}mx", "email") for dot in (" ", ",", " . ", " punto ", "(dot)")),
        ("j u a n @ c o r r e o . m x", "email"),
        ("juan-arroba-correo-punto-mx", "email"),
        ("juan arroba gmail", "email"),
        *((text, "case_file") for text in ("JP/123/2026", "J.P./7/2026", "JP-123-2026")),
        ("C A U S A 1 2 3 / 2 0 2 6", "case_file"),
        ("expediente 8 5-2 0 2 6", "case_file"),
        ("52 81 12 34 56 78", "phone"),
        ("4152 3130 1234 5678", "phone"),
    ],
)
def test_no_spelling_hides_a_number_or_an_address(text: str, kind: str) -> None:
    found = check_alone(with_note(f"Se corrige: {text}.")).of("error")

    assert [finding.figures for finding in found] == [{"shape_name": kind}]


@pytest.mark.parametrize("text", ["\u200b", "\u2060 \u200b", "\u3164", "\u202eodal la"])
def test_a_text_that_nobody_sees_or_that_turns_around_is_none(text: str) -> None:
    (finding,) = check_alone(with_note(text)).of("error")

    assert (finding.rule, finding.variant) == ("H22_no_personal", "not_text")


NOBODY = [
    "El señor juez concedió licencia; la participante reingresó el 14 de septiembre de 2026.",
    "Participantes: 41 activos, 6 ingresos y 5 egresos; 12 de 14 derivaciones (85.7 %).",
    "Artículo 192 del CNPP y artículos 169 a 189 de la LNEP; acuerdo general 36/2014.",
    "H02_continuity señala 2026-09: active_open 41 contra 40 de 2026-08 en MX-NLE-01.",
    "Juzgado de Control de Benito Juárez y Tribunal de Tratamiento de Adicciones, C. Juárez.",
    "Presupuesto de $1,250,000.00; el 01/09/2026 faltaban 12,500 reactivos, a las 10:15.",
    "Ciclo escolar 2025/2026; series 2024-2025 y 2026; semanas 36/2026 y 37/2026.",
    "Hospital Universitario Dr. José Eleuterio González y Centro de Integración Juvenil.",
    "Se cuenta por carpeta de investigación y no por causa penal; 12 expedientes de 2025.",
    "Definición local: paciente activo, menor de edad o con doble registro.",
    "El participante Desistió del programa; la usuaria Continúa y el imputado Aceptó.",
    "Por la causa 120 días; en proceso 150 personas, en juicio 100 % y la causa: 12 reactivos.",
    "Proceso 2025-2026, expediente de 2024-2026 y juicios 2024/2025.",
    "Por mes: 10 20 30 40 50 60; 12,15,18,20,22,31; 1 2 3 4 5 6 7 8 9 10 11 12.",
    "Cifras: 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5 y 6; 120-130-140-150.",
    "Tod@s l@s participantes. Un@ por mes, l@ usuari@ no es nuevo. El punto com se cayó.",
    "Paciente Psiquiátrico referido; Persona Adulta Mayor trasladada; Imputado Absuelto.",
    "El joven Estudiante reingresó; Testigo Social presente; participante de la Cruz Roja.",
    "El juez. Monterrey reportó tarde; la coordinadora de Nuevo León y el fiscal de Toluca.",
    "Participantes de San Nicolás; Reportó Zacatecas. Carpetas con NUC: 12; sin NUC: 3.",
    "Two persons with a double record; a client that left in May, and the director must sign.",
    "Tel. del juzgado sin línea del 01/09/2026 al 30/09/2026; cel. apagado 12 días.",
    "Del sep/09/2026 al 30/09/2026, conforme a la NOM/028/2009.",
]


@pytest.mark.parametrize("text", NOBODY)
def test_ordinary_explanations_pass(text: str) -> None:
    assert read(with_note(text)).notes["relapses"] == text


@pytest.mark.parametrize(
    "text",
    [
        *("a-" * 250, "1-" * 250, "1 " * 250, "a." * 250, "a@a." * 125, "1" * 500, "a" * 500),
        *("2024-" * 100, "ab-1-" * 100, "C.I. " * 100, "exp 1/" * 80, "la señora de la " * 30),
        *(
            "NUC . . " * 60,
            "a at b.c" * 60,
            "10 20 " * 80,
            "acuerdo x 1/" * 40,
            "(arroba " * 60,
            "a a.b a/b " * 50,
        ),
    ],
    ids=lambda text: text[:8],
)
def test_no_text_is_read_for_ever(text: str) -> None:
    """Ten seconds of CPU are a thousand times what the worst takes; a runaway takes minutes."""

    def give_up(*_: object) -> None:
        pytest.fail("the text is still being read")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, 10)
    try:
        outcome = check_alone(only_with({"relapses": text}))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

    assert outcome.contract
