"""A version of the contract as a page for people, made from the contract and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from cauce.etags import SHARED
from cauce.instants import written as instant
from cauce.reference.shown import full_month, shown
from cauce_contract import LANGUAGES, Contract, digest, load_all

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    **SHARED,
    "Vary": "Accept-Language",
}
NAMES: Mapping[str, str] = {
    "es": "Español",
    "en": "English",
    "pt": "Português",
    "fr": "Français",
}
_ID = re.compile(r"[a-z][a-z0-9_]*")
_IN_BACKTICKS = re.compile(r"`([^`]+)`")


@cache
def written(contract: Contract, language: str, is_demo: bool) -> tuple[str, str]:
    """The page and its entity tag; made once a language in a process, for it takes a second."""
    text = (
        _environment()
        .get_template("contract.html")
        .render(
            contract=contract,
            labels=contract.labels[language],
            language=language,
            names={each: NAMES[each] for each in LANGUAGES},
            w=partial(_words, language),
            is_demo=is_demo,
            versions=list(load_all().values()),
            example=_as_text(full_month(contract)),
            shown=shown(contract),
            shown_by=_by_rule(contract),
            broken_down_by=_by_dimension(contract),
            linked=_linking(contract),
        )
    )
    return text, f'"{digest(text)}"'


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("cauce.reference"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"code": _with_code, "instant": instant}
    return made


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    text = (files("cauce") / "reference" / "words.toml").read_text("utf-8")
    return tomllib.loads(text)


def _words(language: str, key: str, **figures: object) -> str:
    return words()[key][language].format(**figures)


def _with_code(text: str) -> Markup:
    """What stands in backticks, as code."""
    return Markup(_IN_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  escaped


def _linking(contract: Contract) -> Callable[[object], Markup]:
    """A function that writes a formula, or a check's operand, with links to what it names."""
    anchors = {
        **{indicator: f"#indicator-{indicator}" for indicator in contract.indicators},
        **{dimension: f"#dimension-{dimension}" for dimension in contract.dimensions},
        **{measure: f"#measure-{measure}" for measure in contract.measures},
    }

    def link(found: re.Match[str]) -> str:
        at = anchors.get(found[0])
        return f'<a href="{at}">{found[0]}</a>' if at else found[0]

    def linked(value: object) -> Markup:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts = re.split(f"({_ID.pattern})", text)
        written = (
            _ID.sub(link, part) if _ID.fullmatch(part) else str(escape(part)) for part in parts
        )
        return Markup("".join(written))  # noqa: S704  escaped, but for links to our own ids

    return linked


def _by_rule(contract: Contract) -> Mapping[str, Sequence[str]]:
    """The examples that are named for each rule: broken, or just inside its bound."""
    names = [each.example.name for each in shown(contract)]
    return {
        rule: [name for name in names if name.partition("-")[0] == rule.partition("_")[0]]
        for rule in contract.rules
    }


def _by_dimension(contract: Contract) -> Mapping[str, Sequence[str]]:
    """The measures that each dimension breaks down."""
    return {
        dimension: [m.id for m in contract.measures.values() if dimension in m.breakdowns]
        for dimension in contract.dimensions
    }


def _as_text(document: Any) -> str | None:
    """A document as somebody would write it by hand: a measure a line."""
    if document is None:
        return None
    head = [
        f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in document.items() if k != "measures"
    ]
    measures = [
        f"    {json.dumps(measure)}: {json.dumps(figure, ensure_ascii=False)}"
        for measure, figure in document["measures"].items()
    ]
    body = '  "measures": {\n' + ",\n".join(measures) + "\n  }"
    return "{\n" + ",\n".join([*head, body]) + "\n}"
