"""The client's own words, and its guide: complete in both languages, and true."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from string import Formatter

import typer

import cauce_client
from cauce_client import Cauce
from cauce_client.__main__ import commands
from cauce_contract import LANGUAGES

PACKAGE = Path(cauce_client.__file__).parent
README = (PACKAGE.parents[1] / "README.md").read_text("utf-8")
MESSAGES = tomllib.loads((PACKAGE / "messages.toml").read_text("utf-8"))
SOURCES = "\n".join(module.read_text("utf-8") for module in PACKAGE.rglob("*.py"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_message_says_the_same_in_each_language() -> None:
    messages = {key: texts for key, texts in MESSAGES.items() if key != "names"}
    for key, texts in messages.items():
        assert tuple(texts) == LANGUAGES, key
        named = [{name for _, name, _, _ in Formatter().parse(text)} for text in texts.values()]
        assert named[0] == named[1], key
    for names in MESSAGES["names"].values():
        assert all(tuple(texts) == LANGUAGES for texts in names.values())


def test_there_is_no_message_that_nobody_says() -> None:
    said = set(re.findall(r'"([a-z0-9_]+)"', SOURCES))
    parts = {f"{kind}_{word}" for kind in ("column", "once") for word in said}
    assert not MESSAGES.keys() - said - parts - {"names"}


def test_the_guide_s_commands_and_options_exist() -> None:
    group = typer.main.get_group(commands())
    known = {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in group.commands.items()
    }
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    used = [line.split() for line in lines if line.startswith("cauce ")]
    assert {words[1] for words in used} == known.keys()
    for _, name, *words in used:
        assert {word for word in words if word.startswith("--")} <= known[name], name


def test_the_guide_s_program_calls_what_there_is() -> None:
    (program,) = blocks("python")
    tree = ast.parse(program)
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "cauce_client"
        for name in node.names
    }
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "cauce"
    }
    assert imported <= set(cauce_client.__all__)
    assert called
    assert all(hasattr(Cauce, name) for name in called)
