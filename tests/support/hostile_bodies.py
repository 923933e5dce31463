"""Bodies that nobody should send: what is no JSON, what is no report, and what is neither.

Some have canaries in them, which may come back in no answer and stand in no log.
"""

from __future__ import annotations

import gzip
import itertools
import json
import string
from collections.abc import Callable
from typing import Any

from support import months

JSON = {"Content-Type": "application/json"}
CURP = "XEXX010101HNEXXXA4"
CANARIES = (CURP, "81-8312-3456", "canario@correo.mx", "Fulana de Tal", "ZZ'canario--")
CANARY = " ".join(CANARIES)


def written(document: object) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def with_value(text: str) -> bytes:
    """The month with this text where the number of relapses stands."""
    document = months.month()
    document["measures"]["relapses"]["value"] = "HERE"
    return written(document).replace(b'"HERE"', text.encode())


def with_note(text: str) -> bytes:
    """The month with this text, as JSON writes it, in a note."""
    document = months.month()
    document["measures"]["relapses"]["note"] = "HERE"
    return written(document).replace(b'"HERE"', f'"{text}"'.encode("utf-8", "surrogatepass"))


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = months.month()
    change(document)
    return written(document)


def many_keys(count: int) -> dict[str, int]:
    names = itertools.product(string.ascii_lowercase, repeat=4)
    return {"".join(letters): 0 for letters in itertools.islice(names, count)}


def _month_and(**members: object) -> bytes:
    return written(months.month() | members)


# A body, and the slug that answers it; all of them as application/json.
UNREADABLE: dict[str, bytes] = {
    "no JSON": CANARY.encode(),
    "empty": b"",
    "blanks": b" \n\t ",
    "cut off": written(months.month())[:-1],
    "two documents": written(months.month()) * 2,
    "a comma too many": written(months.month())[:-1] + b",}",
    "single quotes": written(months.month()).replace(b'"', b"'"),
    "a comment": b"/* " + CANARY.encode() + b" */ {}",
    "NaN": with_value("NaN"),
    "Infinity": with_value("Infinity"),
    "minus Infinity": with_value("-Infinity"),
    "a hexadecimal number": with_value("0x9"),
    "a leading zero": with_value("09"),
    "a leading plus": with_value("+9"),
    "half a surrogate pair": with_note("\\ud800" + CANARY),
    "the other half": with_note("\\udfff" + CANARY),
    "the halves the wrong way round": with_note("\\udc00\\ud800"),
    "raw surrogate bytes": with_note("\ud800" + CANARY),
    "half a surrogate pair in a key": written(months.month()).replace(b"relapses", b"\\ud800"),
    "NUL in a note": with_note("\\u0000" + CANARY),
    "NUL in a key": written(months.month()).replace(b"relapses", b"relapses\\u0000"),
    "a raw NUL": with_note("\0" + CANARY),
    "a raw newline": with_note("\n" + CANARY),
    "a key twice": written(months.month()).replace(
        b'"period"', f'"programme":"{CURP}","period"'.encode()
    ),
    "a key twice, escaped once": written(months.month()).replace(
        b'"period"', b'"program\\u006de": "MX-NLE-01", "period"'
    ),
    "a key twice inside": with_value('1, "value": 9'),
    "lists inside lists": b"[" * 100_000 + b"]" * 100_000,
    "lists that never end": b"[" * 100_000,
    "objects inside objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a deep figure": with_value("[" * 100_000 + "]" * 100_000),
    "a byte order mark": b"\xef\xbb\xbf" + written(months.month()),
    "UTF-16": json.dumps(months.month()).encode("utf-16"),
    "UTF-32": json.dumps(months.month()).encode("utf-32-le"),
    "Latin-1": written(months.month() | {"x": "ñ"}).decode().encode("latin-1"),
    "overlong UTF-8": with_note("HERE").replace(b"HERE", b"\xc0\x80"),
    "cut UTF-8": with_note("HERE").replace(b"HERE", b"\xe2\x82"),
    "gzip without saying so": gzip.compress(written(months.month())),
    "a form": b"measures=" + CANARY.encode(),
    "CSV": b"#contract,1.0.0\nmeasure,dimension,code,value\n",
}

RELAPSES = "/measures/relapses/value"
# A body that is JSON, and a rule and pointer that are among its errors.
WRONG: dict[str, tuple[bytes, str, str]] = {
    "a list": (b"[]", "H19_codes", ""),
    "a list of months": (written([months.month()]), "H19_codes", ""),
    "a text": (written(CANARY), "H19_codes", ""),
    "a number": (b"1", "H19_codes", ""),
    "null": (b"null", "H19_codes", ""),
    "true": (b"true", "H19_codes", ""),
    "an empty object": (b"{}", "H19_codes", ""),
    "1e999": (with_value("1e999"), "H05_nonneg_int", RELAPSES),
    "minus 1e999": (with_value("-1e999"), "H05_nonneg_int", RELAPSES),
    "a fraction": (with_value("0.5"), "H05_nonneg_int", RELAPSES),
    "a negative": (with_value("-1"), "H05_nonneg_int", RELAPSES),
    "2^31": (with_value(str(2**31)), "H05_nonneg_int", RELAPSES),
    "2^63": (with_value(str(2**63)), "H05_nonneg_int", RELAPSES),
    "2^64 as a float": (with_value("1.8446744073709552e19"), "H05_nonneg_int", RELAPSES),
    "an integer of 5,000 digits": (with_value("9" * 5000), "H05_nonneg_int", RELAPSES),
    "an integer of 900,000 digits": (with_value("9" * 900_000), "H05_nonneg_int", RELAPSES),
    "a number as text": (with_value('"9"'), "H05_nonneg_int", RELAPSES),
    "a canary as a number": (with_value(f'"{CANARY}"'), "H05_nonneg_int", RELAPSES),
    "true as a number": (with_value("true"), "H05_nonneg_int", RELAPSES),
    "a list as a number": (with_value("[9]"), "H05_nonneg_int", RELAPSES),
    "a note of 501 characters": (
        with_note("x" * 501),
        "H22_no_personal",
        "/measures/relapses/note",
    ),
    "a note that grows to 501": (
        with_note("ﷺ" * 28),  # 18 characters each under NFKC
        "H22_no_personal",
        "/measures/relapses/note",
    ),
    "a note of control characters": (
        with_note("\\u001b[2J" + CANARY),
        "H22_no_personal",
        "/measures/relapses/note",
    ),
    "a note that is a list": (
        changed(lambda d: d["measures"]["relapses"].update(note=[CANARY])),
        "H22_no_personal",
        "/measures/relapses/note",
    ),
    "a key that is a person's": (_month_and(**{CURP: CANARY}), "H19_codes", ""),
    "a key that is a sentence": (_month_and(**{CANARY: 1}), "H19_codes", ""),
    "a key with a slash and a tilde": (_month_and(**{f"/~{CURP}": 1}), "H19_codes", ""),
    "an empty key": (_month_and(**{"": CANARY}), "H19_codes", ""),
    "__proto__": (_month_and(__proto__={}), "H19_codes", "/__proto__"),
    "a measure that is a person's": (
        changed(lambda d: d["measures"].update({CURP: {"value": 1}})),
        "H19_codes",
        "/measures",
    ),
    "a code that is a person's": (
        changed(lambda d: d["measures"]["admissions"]["by"]["sex"].update({CURP: 1})),
        "H19_codes",
        "/measures/admissions/by/sex",
    ),
    "100,000 unknown keys": (_month_and(**many_keys(100_000)), "H19_codes", "/aaaa"),
    "30,000 unknown measures": (
        changed(lambda d: d["measures"].update(many_keys(30_000))),
        "H19_codes",
        "/measures/aaaa",
    ),
    "100,000 acknowledgements": (
        _month_and(acknowledgements=[{}] * 100_000),
        "H19_codes",
        "/acknowledgements",
    ),
    "measures a list": (_month_and(measures=[CANARY]), "H19_codes", "/measures"),
    "measures null": (_month_and(measures=None), "H19_codes", "/measures"),
    "a measure a text": (
        changed(lambda d: d["measures"].update(relapses=CANARY)),
        "H19_codes",
        "/measures/relapses",
    ),
    "a breakdown a list": (
        changed(lambda d: d["measures"]["admissions"].update(by=[CANARY])),
        "H19_codes",
        "/measures/admissions/by",
    ),
    "contract a canary": (_month_and(contract=CANARY), "H19_codes", "/contract"),
    "contract a list": (_month_and(contract=["1.0.0"]), "H19_codes", "/contract"),
    "contract an object": (_month_and(contract={"1.0.0": CANARY}), "H19_codes", "/contract"),
    "contract a number": (_month_and(contract=1.0), "H19_codes", "/contract"),
    "programme a canary": (_month_and(programme=CANARY), "H19_codes", "/programme"),
    "programme a list": (_month_and(programme=["MX-NLE-01"]), "H19_codes", "/programme"),
    "programme with a newline": (
        _month_and(programme="MX-NLE-01\n"),
        "H19_codes",
        "/programme",
    ),
    "period a canary": (_month_and(period=CANARY), "H18_period", "/period"),
    "period a number": (_month_and(period=202609), "H18_period", "/period"),
    "period a list": (_month_and(period=["2026-09"]), "H18_period", "/period"),
    "period with a newline": (_month_and(period="2026-09\n"), "H18_period", "/period"),
    "status a canary": (
        changed(lambda d: d["measures"]["relapses"].update(status=CANARY)),
        "H19_codes",
        "/measures/relapses/status",
    ),
    "status an object": (
        changed(lambda d: d["measures"]["relapses"].update(status={CURP: 1})),
        "H19_codes",
        "/measures/relapses/status",
    ),
    "acknowledgements a text": (
        _month_and(acknowledgements=CANARY),
        "H19_codes",
        "/acknowledgements",
    ),
    "a reason that is a canary": (
        _month_and(revision_reason={"code": CANARY, "text": "x"}),
        "H19_codes",
        "/revision_reason/code",
    ),
    "a reason that is a list": (
        _month_and(revision_reason={"code": ["error"], "text": "x"}),
        "H19_codes",
        "/revision_reason/code",
    ),
    "another programme": (_month_and(programme="MX-CHH-01"), "H21_key", "/programme"),
    "another programme of the state": (
        _month_and(programme="MX-NLE-02"),
        "H21_key",
        "/programme",
    ),
    "another month": (_month_and(period="2026-08"), "H21_key", "/period"),
}


# Headers that the body cannot be read under, and whose fault the answer says it is.
UNTAKEN: dict[str, dict[str, str]] = {
    "no type": {},
    "plain text": {"Content-Type": "text/plain"},
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "several parts": {"Content-Type": "multipart/form-data; boundary=x"},
    "problem": {"Content-Type": "application/problem+json"},
    "two types": {"Content-Type": "application/json, text/csv"},
    "a canary": {"Content-Type": CANARY},
    "gzip": JSON | {"Content-Encoding": "gzip"},
    "identity": JSON | {"Content-Encoding": "identity"},
    "gzip of gzip": JSON | {"Content-Encoding": "gzip, gzip"},
}
