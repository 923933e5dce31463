"""The reference page: everything that a version has, in four languages, from the contract."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from importlib.resources import files
from string import Formatter

import pytest

from cauce.reference.page import words
from cauce_contract import LANGUAGES, Contract, load_all
from cauce_contract.__main__ import generated
from cauce_contract.examples import examples
from support import centre as under_test
from support.centre import Centre, Databases

CONTRACTS = list(load_all().values())


class Page(HTMLParser):
    """The ids, links and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.language = ""
        self.words = ""
        self.feed(text)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        if tag == "html":
            self.language = given["lang"] or ""
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "a":
            self.links.append(given["href"] or "")
        assert not {name for name in given if name == "style" or name.startswith("on")}

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def centre(databases: Databases) -> AsyncIterator[Centre]:
    async with under_test.centre(databases) as found:
        yield found


async def read(centre: Centre, version: str, language: str) -> Page:
    answer = await centre.http.get(f"/contracts/{version}?lang={language}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Language"] == language
    return Page(answer.text)


def anchors(contract: Contract) -> set[str]:
    """The places that a link from elsewhere may name."""
    kinds = {
        "measure": contract.measures,
        "dimension": contract.dimensions,
        "indicator": contract.indicators,
        "rule": contract.rules,
        "status": contract.statuses,
        "example": [example.name for example in examples(contract.version)],
    }
    return {f"{kind}-{id_}" for kind, ids in kinds.items() for id_ in ids}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.version)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_everything_of_a_version_is_there_in_every_language(
    centre: Centre, contract: Contract, language: str
) -> None:
    page = await read(centre, contract.version, language)

    assert page.language == language
    assert [id_ for id_, times in Counter(page.ids).items() if times > 1] == []
    assert anchors(contract) <= set(page.ids)
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inside - set(page.ids) == set()
    assert not {"script", "style", "form"} & page.tags.keys()
    texts = contract.labels[language].texts
    told = [texts["contract"]["note"], contract.core_digest, contract.labels_digest]
    for measure in texts["measure"].values():
        told += measure.values()
    for indicator in texts["indicator"].values():
        told += indicator.values()
    for rule in texts["rule"].values():
        told += [rule["title"], rule["explanation"]]
    for dimension in texts["dimension"].values():
        told += [dimension["label"], dimension["definition"]]
        told += [*dimension["code"].values(), *dimension["code_definition"].values()]
        told += [
            text for group in dimension.get("group", {}).values() for text in group.values()
        ]
    for kind in ("status", "reason"):
        told += [text for each in texts[kind].values() for text in each.values()]
    told += [code.mapping for each in contract.dimensions.values() for code in each.codes]
    told += [measure.source for measure in contract.measures.values()]
    told += [indicator.formula for indicator in contract.indicators.values()]
    assert [text for text in told if " ".join(text.split()) not in page.words] == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.version)
async def test_each_example_stands_with_the_findings_of_its_sidecar(
    centre: Centre, contract: Contract
) -> None:
    answer = await centre.http.get(f"/contracts/{contract.version}?lang=en")

    articles = re.split(r'<article class="example" id="example-', answer.text)[1:]
    shown = {article.partition('"')[0]: article for article in articles}
    for example in examples(contract.version):
        found = re.findall(
            r'href="#rule-(\w+)">\w+</a> <code>([^<]*)</code>', shown[example.name]
        )
        expected = [(rule, pointer or "/") for rule, pointer in example.expected]
        assert found == expected, example.name
    assert {example.name for example in examples(contract.version)} == shown.keys()


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "es"),
        ("", "fr-CA, en;q=0.5", "fr"),
        ("", "de", "es"),
        ("?lang=pt", "fr", "pt"),
    ],
)
async def test_the_reader_s_language_is_asked_for_or_understood(
    centre: Centre, query: str, header: str, language: str
) -> None:
    headers = {"Accept-Language": header}
    answer = await centre.http.get(f"/contracts/1.0.0{query}", headers=headers)

    assert Page(answer.text).language == language
    assert answer.headers["Vary"] == "Accept-Language"
    assert "set-cookie" not in answer.headers


async def test_the_page_may_load_a_sheet_and_a_picture_of_ours_and_nothing_else(
    centre: Centre,
) -> None:
    answer = await centre.http.get("/contracts/1.0.0")

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none';"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    sheets = re.findall(r'<link rel="[^"]+" href="([^"]+)"', answer.text)
    for sheet in sheets:
        assert (await centre.http.get(sheet)).status_code == 200
    assert len(sheets) == 2


async def test_who_has_the_page_already_is_told_so(centre: Centre) -> None:
    first = await centre.http.get("/contracts/1.0.0?lang=en")
    tag = first.headers["ETag"]

    again = await centre.http.get("/contracts/1.0.0?lang=en", headers={"If-None-Match": tag})
    other = await centre.http.get("/contracts/1.0.0?lang=fr", headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


async def test_an_unknown_version_names_the_known_ones(centre: Centre) -> None:
    answer = await centre.http.get("/contracts/9.9.9")

    assert answer.status_code == 404
    assert all(contract.version in answer.json()["detail"] for contract in CONTRACTS)


@pytest.mark.parametrize("query", ["?lang=de", "?lang=", "?language=en"])
async def test_another_language_is_refused(centre: Centre, query: str) -> None:
    answer = await centre.http.get(f"/contracts/1.0.0{query}")

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_the_schema_that_is_served_is_the_generated_one(
    centre: Centre,
) -> None:
    for contract in CONTRACTS:
        answer = await centre.http.get(f"/v1/contracts/{contract.version}/schema")
        assert answer.headers["Content-Type"] == "application/schema+json"
        assert answer.json() == json.loads(generated(contract)["schema.json"])


def test_the_page_s_own_words_are_whole_in_every_language() -> None:
    template = (files("cauce") / "reference" / "templates" / "contract.html").read_text("utf-8")
    for key, texts in words().items():
        assert tuple(texts) == LANGUAGES, key
        named = [
            {name for _, name, _, _ in Formatter().parse(text) if name}
            for text in texts.values()
        ]
        assert all(names == named[0] for names in named), key
        assert any(f'"{word}"' in template for word in (key, key.partition("_")[0] + "_")), key
