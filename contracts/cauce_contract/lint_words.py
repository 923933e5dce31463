"""What is unsound in labels/*.toml: each id has its words in each language, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any

from cauce_contract.labels import LANGUAGES, SOURCE_LANGUAGE
from cauce_contract.rules import KINDS
from cauce_contract.source import Fault, Source, Table
from cauce_contract.vocabulary import Vocabulary

Place = tuple[str, ...]
_OF_CODES = ("code", "code_definition")  # tables of a dimension with one text a code


def word_faults(source: Source, known: Vocabulary, rules: Iterable[Table]) -> list[Fault]:
    """Gaps and left-overs of each language, against the ids and against the source language."""
    needed = list(_needed(known, rules))
    texts = {language: dict(every_text(tree)) for language, tree in source.labels.items()}
    first = texts.get(SOURCE_LANGUAGE, {})
    listed = _ids(known, rules)
    return [
        *(
            Fault(f"labels/{each}.toml", "is missing")
            for each in LANGUAGES
            if each not in texts
        ),
        *(
            Fault(f"labels/{language}.toml", what)
            for language, found in texts.items()
            for what in (
                *_said(language, found),
                *_gaps(found, dict.fromkeys([*needed, *first])),
                *_unlike(found, first, needed),
                *_left_over(source.labels[language], listed),
            )
        ),
    ]


def _said(language: str, found: Mapping[Place, Any]) -> Iterator[str]:
    if found.get(("language",)) != language:
        yield f"does not say that its language is {language}"
    for place, text in found.items():
        if not isinstance(text, str) or not text.strip():
            yield f"{'.'.join(place)} is no text"


def _gaps(found: Mapping[Place, Any], needed: Iterable[Place]) -> Iterator[str]:
    return (f"has no {'.'.join(place)}" for place in needed if place not in found)


def _unlike(
    found: Mapping[Place, Any], first: Mapping[Place, Any], needed: Iterable[Place]
) -> Iterator[str]:
    """What the source language has not, or says with other figures."""
    expected = {*first, *needed}
    for place, text in found.items():
        if place not in expected:
            yield f"has {'.'.join(place)}, which {SOURCE_LANGUAGE} has not"
        elif place in first and _fields(text) != _fields(first[place]):
            yield f"{'.'.join(place)} has other fields than in {SOURCE_LANGUAGE}"


def _left_over(tree: Table, listed: Mapping[Place, set[str]]) -> Iterator[str]:
    for place, ids in listed.items():
        for each in sorted(_within(tree, place).keys() - ids):
            yield f"{'.'.join((*place, each))}: there is no such id"


def _ids(known: Vocabulary, rules: Iterable[Table]) -> dict[Place, set[str]]:
    """The tables of a language that have one entry for each id of a kind."""
    units = {m["unit"] for m in known.measures.values()} | {i["unit"] for i in known.indicators}
    return {
        ("measure",): set(known.measures),
        ("dimension",): set(known.dimensions),
        ("status",): set(known.statuses),
        ("indicator",): {indicator["id"] for indicator in known.indicators},
        ("rule",): {rule["id"] for rule in rules},
        ("unit",): units,
        ("reason",): set(known.reasons),
        **{
            ("dimension", d, table): set(codes)
            for d, codes in known.dimensions.items()
            for table in _OF_CODES
        },
        **{("dimension", d, "group"): set(groups) for d, groups in known.groups.items()},
    }


def _needed(known: Vocabulary, rules: Iterable[Table]) -> Iterator[Place]:
    for place, ids in _ids(known, rules).items():
        if place == ("unit",) or place[-1] in _OF_CODES:
            yield from ((*place, each) for each in sorted(ids))
        elif place != ("rule",):
            words = ("label", "definition")
            yield from ((*place, each, word) for each in sorted(ids) for word in words)
    parts = ("includes", "excludes")
    yield from (("measure", measure, part) for measure in known.measures for part in parts)
    yield from (("indicator", each["id"], "caveat") for each in known.indicators)
    for rule in rules:
        yield from (("rule", rule["id"], words) for words in ("title", "explanation"))
        for check in rule["checks"]:
            said = _variants(check)
            yield from (("rule", rule["id"], "message", variant) for variant in said)
    yield from (("contract", words) for words in ("title", "note"))


def _variants(check: Any) -> Iterator[str]:
    """What a check can say; nothing where it is no check, which is a fault of the rule's."""
    kind = KINDS.get(str(check.get("kind"))) if isinstance(check, dict) else None
    if kind is None:
        return
    for variant in kind.variants:
        if kind.only_with.get(variant) in (None, *check):
            yield variant


def _within(tree: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    for key in place:
        inner = tree.get(key, {})
        tree = inner if isinstance(inner, dict) else {}
    return tree


def every_text(tree: Mapping[str, Any], at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every text of a language with where it stands."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from every_text(value, (*at, key))
        else:
            yield (*at, key), value


def _fields(text: object) -> set[str]:
    """The names in braces; `?` stands for those of a text that cannot be filled."""
    if not isinstance(text, str) or not ("{" in text or "}" in text):
        return set()
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {"?"}
