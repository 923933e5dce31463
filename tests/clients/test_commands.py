"""What the commands make of files, settings and answers, run in this process.

The server here plays the centre's answers, so that each of them occurs; whether the centre
gives them is tested with the centre.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cauce_client import PrivateKey
from support import receipts
from support.command_line import OVER, Done, Run, sound, write
from support.keys import ClientKey

RESULT = {
    "programme": "MX-NLE-01",
    "state": "MX-NLE",
    "period": OVER,
    "contract": "1.0.0",
    "revision": 1,
    "changed": True,
    "status": "accepted",
    "received_at": "2024-10-04T16:20:11Z",
    "timeliness": "on_time",
    "content_digest": "sha-256:60df",
    "cells": {"reported": 3, "zero": 0, "missing": 0},
    "warnings": [],
    "flags": [],
    "needs_correction": ["2024-10"],
    "receipt": "head.claims.signature",
}


@dataclass
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Script:
    """What the server answers to everything but a token's calls, and what it was asked."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    jwks: object = None
    url: str = ""


class Player(BaseHTTPRequestHandler):
    script: Script

    def do_GET(self) -> None:
        if self.path == "/.well-known/oauth-authorization-server":
            self._answer(200, {"issuer": self.script.url})
        elif self.path == "/.well-known/jwks.json":
            self._answer(200, self.script.jwks)
        else:
            self._play(None)

    def do_PUT(self) -> None:
        self._play(json.loads(self._body()))

    def do_POST(self) -> None:
        if self.path == "/oauth/token":
            self._body()
            self._answer(200, {"access_token": "secret-token", "expires_in": 600})
        else:
            self._play(json.loads(self._body()))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _play(self, body: object) -> None:
        self.script.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        self._answer(self.script.status, self.script.body, self.script.headers)

    def _answer(self, status: int, body: object, headers: Mapping[str, str] = {}) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is for failures."""


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    handler = type("Scripted", (Player,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield script
    server.shutdown()
    thread.join()
    server.server_close()


def to(script: Script, **changes: str) -> dict[str, str]:
    """The settings of a client of the scripted server."""
    usual = {"CAUCE_URL": script.url, "CAUCE_CLIENT_ID": "cl_1", "CAUCE_KEY": "cauce.jwk"}
    return usual | changes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b'{"a": 1, "a": 2}', "dos veces"),
        (b'{"a": NaN}', "no son JSON"),
        (b"[" * 100_000, "demasiados niveles"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"\xff\xfe{", "UTF-8: byte 0"),
        (b"", "línea 1, columna 1"),
    ],
)
def test_a_text_that_is_no_json_is_wrong_usage(text: bytes, told: str, cauce: Run) -> None:
    done = cauce("check", "-", stdin=text)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        "check",
        "check missing.json",
        "check m.json --history",
        "check m.json --history no-report.json",
        "check m.json --lang xx",
        "check --history m.json",
        "submit m.json --replace",
        "submit m.json --replace --reason late_data",
        "submit m.json --replace --reason because --text x",
        "submit m.json --reason late_data --text x",
        "submit m.json --dry-run --receipt r.jws",
        "submit m.json --receipt m.json",
        "submit m.json --receipt nowhere/r.jws",
        "submit m.json",
        "explain",
        "explain MX-NLE-01",
        "explain MX-NLE-01 2024-09",
        "explain MX-NLE-01 2024-09 --rule S06_capacity --text x",
        "explain MX-NLE-01 2024-09 --rule S06_capacity --pointer /measures",
        "keygen --out nowhere/key.jwk",
        "nonsense",
    ],
)
def test_wrong_usage_ends_with_2_and_says_so_on_standard_error(
    arguments: str, cauce: Run
) -> None:
    write("no-report.json", [])
    done = cauce(*arguments.split())
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_keygen_never_writes_over_a_key(cauce: Run) -> None:
    for taken, out in (("a.jwk", "a.jwk"), ("b.pub.jwk", "b.jwk")):
        Path(taken).write_text("somebody's")
        assert cauce("keygen", "--out", out).code == 2
        assert Path(taken).read_text() == "somebody's"
    assert not Path("a.pub.jwk").exists()
    assert not Path("b.jwk").exists()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "No existe x."),
        ({"LANG": "C.UTF-8"}, "No existe x."),
        ({"LANG": "en_US.UTF-8"}, "There is no x."),
        ({"LANG": "en_US.UTF-8", "CAUCE_LANG": "es"}, "No existe x."),
        ({"CAUCE_LANG": "en"}, "There is no x."),
    ],
)
def test_messages_are_in_the_language_of_the_environment(
    settings: dict[str, str], told: str, cauce: Run
) -> None:
    assert cauce("check", "x", settings=settings).err.strip() == told


def test_what_a_file_is_called_cannot_steer_the_terminal(cauce: Run) -> None:
    done = cauce("check", "\x1b[2J[bold]x.json")
    assert "\x1b" not in done.err
    assert "[bold]x.json" in done.err


def test_an_accepted_month_is_told_and_its_receipt_kept(script: Script, cauce: Run) -> None:
    key = ClientKey()
    receipt = receipts.signed(key)
    script.status, script.body = 201, RESULT | {"receipt": receipt}
    script.jwks = {"keys": [receipts.jwk(key)]}

    done = cauce("submit", "m.json", "--receipt", "r.jws", settings=to(script))

    assert (done.code, done.err) == (0, "")
    for part in (
        "MX-NLE-01",
        OVER,
        "1 (nueva)",
        "a tiempo",
        "sha-256:60df",
        "r.jws",
        "2024-10",
    ):
        assert part in done.out
    assert Path("r.jws").read_text() == receipt
    assert cauce("verify-receipt", "r.jws").code == 0  # with the keys that were kept beside it
    (asked,) = script.asked
    assert (asked.method, asked.path) == ("PUT", f"/v1/submissions/MX-NLE-01/{OVER}")
    assert asked.headers["Accept-Language"] == "es"
    assert asked.body == sound()


@pytest.mark.parametrize("jwks", [None, {"keys": []}, {"keys": [receipts.jwk(ClientKey())]}])
def test_a_month_is_accepted_also_where_its_receipt_cannot_be_verified(
    jwks: object, script: Script, cauce: Run
) -> None:
    script.status, script.body = 201, RESULT | {"receipt": receipts.signed(ClientKey())}
    script.jwks = jwks

    done = cauce("submit", "m.json", "--receipt", "r.jws", settings=to(script))

    assert done.code == 0
    assert 'curl -o r.jws.jwks "$CAUCE_URL/.well-known/jwks.json"' in done.err
    assert Path("r.jws").exists()


def test_keys_that_lie_there_are_not_written_over(script: Script, cauce: Run) -> None:
    Path("r.jws.jwks").write_text("of another receipt")
    done = cauce("submit", "m.json", "--receipt", "r.jws", settings=to(script))
    assert done.code == 2
    assert "r.jws.jwks" in done.err
    assert not script.asked


def test_as_json_standard_output_has_the_answer_alone(script: Script, cauce: Run) -> None:
    script.body = RESULT
    done = cauce("submit", "m.json", "--json", settings=to(script))
    assert json.loads(done.out) == RESULT
    assert done.err == ""


def test_a_month_with_errors_is_shown_and_not_sent(script: Script, cauce: Run) -> None:
    broken = sound()
    broken["measures"]["active_close"]["value"] += 1
    write("m.json", broken)

    done = cauce("submit", "m.json", settings=to(script))

    assert done.code == 1
    assert "H01_balance" in done.out
    assert not script.asked


def test_a_replacement_names_what_it_replaces_and_why(script: Script, cauce: Run) -> None:
    script.body, script.headers = RESULT, {"ETag": '"1-ab"'}
    why = ("--replace", "--reason", "late_data", "--text", "Llegó una ficha.")

    done = cauce("submit", "m.json", *why, settings=to(script))

    assert done.code == 0
    read, sent = script.asked
    assert (read.method, sent.method) == ("GET", "PUT")
    assert sent.headers["If-Match"] == '"1-ab"'
    assert sent.body["revision_reason"] == {"code": "late_data", "text": "Llegó una ficha."}


def test_a_replacement_that_is_stored_is_told_though_its_difference_is_not_to_be_had(
    script: Script, cauce: Run
) -> None:
    script.body, script.headers = RESULT | {"revision": 2}, {"ETag": '"1-ab"'}
    why = ("--replace", "--reason", "late_data", "--text", "Llegó una ficha.")

    done = cauce("submit", "m.json", *why, settings=to(script))

    assert done.code == 0
    assert script.asked[2].path.endswith("/revisions/2/diff?against=1")
    assert "2 (nueva)" in done.out
    assert "revisión 2" in done.err


def test_a_dry_run_tells_what_would_change(script: Script, cauce: Run) -> None:
    cell = {
        "pointer": "/measures/declined/value",
        "before": None,
        "after": 2,
        "status_before": "not_collected",
        "status_after": "reported",
    }
    script.body = {
        "content_digest": "sha-256:60df",
        "warnings": [],
        "differences": [cell],
        "needs_correction": ["2024-10", "2024-11"],
    }

    why = ("--replace", "--reason", "late_data", "--text", "Later.")
    done = cauce("submit", "m.json", "--dry-run", *why, settings=to(script))

    assert done.code == 0
    (row,) = [row for row in cells(done) if "2" in row]
    assert row[1:3] == ["- (not_collected)", "2"]
    assert "/measures/declined/value" in done.out
    assert "2024-10, 2024-11" in done.out
    assert script.asked[0].path.endswith("?dry_run=true")


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_closed_programmes_sender_is_told_what_counts(
    script: Script, cauce: Run, options: list[str]
) -> None:
    script.body = RESULT | {"differences": [], "counts_only": ["exits", "followup_due"]}

    done = cauce("submit", "m.json", *options, settings=to(script))

    assert done.code == 0
    assert "exits, followup_due" in done.err
    assert "not_applicable" in done.err


def test_an_explanation_is_sent_as_it_was_written(script: Script, cauce: Run) -> None:
    script.body = RESULT
    given = {"rule": "S06_capacity", "pointer": "/measures/active_close/value"}
    options = [each for name, text in given.items() for each in (f"--{name}", text)]

    done = cauce(
        "explain", "MX-NLE-01", OVER, *options, "--text", "Hay más.", settings=to(script)
    )

    assert done.code == 0
    (asked,) = script.asked
    path = f"/v1/submissions/MX-NLE-01/{OVER}/explanations"
    assert (asked.method, asked.path) == ("POST", path)
    assert asked.body == given | {"explanation": "Hay más."}


@pytest.mark.parametrize(
    ("status", "slug", "code", "told"),
    [
        (401, "unauthenticated", 3, "CAUCE_CLIENT_ID"),
        (403, "not-your-state", 3, "coordinación"),
        (404, "unknown-programme", 2, "Título"),
        (409, "not-on-roster", 2, "Título"),
        (412, "precondition-failed", 2, "--dry-run"),
        (422, "contract-violation", 1, "Título"),
        (428, "precondition-required", 2, "--replace --reason late_data --text"),
        (500, "internal-error", 4, "4bf9"),
        (503, "unavailable", 4, "seguro"),
        (301, "", 2, "CAUCE_URL"),
    ],
)
def test_a_refusal_ends_with_its_code_and_says_what_to_do(
    status: int, slug: str, code: int, told: str, script: Script, cauce: Run
) -> None:
    script.status, script.headers = status, {"Retry-After": "0"}
    fault = {"rule": "H01_balance", "severity": "error", "pointer": "/x", "message": "\x1b[2J"}
    script.body = {
        "type": f"/problems/{slug}",
        "title": "Título",
        "detail": "Detalle.",
        "trace_id": "4bf9",
        "errors": [fault],
    }

    done = cauce("submit", "m.json", settings=to(script))

    assert done.code == code
    assert told in done.err
    private = json.loads(Path("cauce.jwk").read_text())["d"]
    for secret in ("secret-token", private, "\x1b"):
        assert secret not in done.out + done.err


@pytest.mark.parametrize("name", ["CAUCE_URL", "CAUCE_CLIENT_ID", "CAUCE_KEY"])
def test_a_missing_setting_is_named(name: str, script: Script, cauce: Run) -> None:
    done = cauce("status", settings=to(script, **{name: ""}))
    assert done.code == 2
    assert name in done.err


def test_options_go_before_the_environment(script: Script, cauce: Run) -> None:
    script.body = {"items": [], "next": None}
    wrong = {"CAUCE_URL": "http://127.0.0.1:9", "CAUCE_CLIENT_ID": "x", "CAUCE_KEY": "none"}
    given = ("--url", script.url, "--client-id", "cl_1", "--key", "cauce.jwk")
    assert cauce("status", *given, settings=wrong).code == 0


def test_a_key_that_others_can_read_is_warned_about(script: Script, cauce: Run) -> None:
    script.body = RESULT
    Path("cauce.jwk").chmod(0o644)
    done = cauce("submit", "m.json", settings=to(script))
    assert done.code == 0
    assert "chmod 600 cauce.jwk" in done.err


def test_the_public_key_is_not_taken_for_the_private_one(script: Script, cauce: Run) -> None:
    write("cauce.pub.jwk", PrivateKey.new().public_jwk())
    done = cauce("status", settings=to(script, CAUCE_KEY="cauce.pub.jwk"))
    assert done.code == 2
    assert "pública" in done.err


def cells(done: Done) -> list[list[str]]:
    """The rows of the tables that were shown."""
    rows = [line.strip("│┃") for line in done.out.splitlines()]
    return [[cell.strip() for cell in row.replace("┃", "│").split("│")] for row in rows]


def test_status_shows_each_programme_s_months(script: Script, cauce: Run) -> None:
    rows: list[dict[str, Any]] = [
        {"programme": f"MX-NLE-0{number}", "period": f"2024-{month:02}", "status": status}
        for number in (1, 2)
        for month, status in enumerate(("on_time", "late", "missing", "waived"), start=3)
    ]
    rows[1]["flags"] = ["explanation_due"]
    rows[0]["flags"] = ["needs_correction", "a flag of next year"]
    script.body = {"items": rows, "next": None}

    done = cauce("status", "--from", "2024-03", settings=to(script))

    assert ["Programa", "2024-03", "2024-04", "2024-05", "2024-06"] in cells(done)
    assert ["MX-NLE-02", "a tiempo", "tarde", "FALTA", "dispensado"] in cells(done)
    told = done.out.splitlines()
    assert any(line.startswith("MX-NLE-01 2024-04: falta explicación.") for line in told)
    assert any(line.startswith("MX-NLE-01 2024-03: por corregir;") for line in told)
    assert "MX-NLE-01 2024-03: a flag of next year." in told
    assert script.asked[0].path.startswith("/v1/completeness?from=2024-03&to=2")


def test_an_indicator_comes_with_its_parts_and_whom_it_is_without(
    script: Script, cauce: Run
) -> None:
    def row(sex: str, value: float | None, status: str) -> dict[str, Any]:
        parts = {"value": value, "numerator": 8, "denominator": 14, "status": status}
        coverage = {"expected": 3, "reporting": 2, "share": 0.67, "missing": ["MX-CHH-01"]}
        return {"period": OVER, "area": "MX", "sex": sex, **parts, "coverage": coverage}

    script.body = {
        "indicator": {"id": "graduation_rate", "label": "Tasa de egreso", "unit": "ratio"},
        "query": {"by": ["sex"]},
        "known_at": "2024-11-23T09:00:00Z",
        "items": [row("F", 0.571429, "A"), row("M", None, "M")],
        "next": None,
    }
    asked = ("indicator", "graduation_rate", "--from", OVER, "--to", OVER, "--by", "sex")

    done = cauce(*asked, settings=to(script))

    assert [OVER, "MX", "F", "0.571429", "8 / 14", "2 de 3", "normal"] in cells(done)
    assert [OVER, "MX", "M", "-", "8 / 14", "2 de 3", "nada que dividir"] in cells(done)
    assert f"{OVER} MX F, faltan: MX-CHH-01" in done.out.splitlines()
    path = f"/v1/indicators/graduation_rate?from={OVER}&to={OVER}&by=sex"
    assert script.asked[0].path == path
