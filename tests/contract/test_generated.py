"""What follows from a version is written into its folder, and nobody writes it by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cauce_contract import Contract, load_all
from cauce_contract.__main__ import generated, main

VERSIONS = Path(__file__).parents[2] / "contracts"
CONTRACTS = list(load_all().values())


def version_of(contract: Contract) -> str:
    return contract.version


@pytest.mark.parametrize("contract", CONTRACTS, ids=version_of)
def test_the_files_are_as_they_would_be_written_now(contract: Contract) -> None:
    for name, text in generated(contract).items():
        written = (VERSIONS / contract.version / name).read_text("utf-8")
        assert written == text, f"stale: run `python -m cauce_contract generate` ({name})"


@pytest.mark.parametrize("contract", CONTRACTS, ids=version_of)
def test_the_schema_is_one_and_names_its_version(contract: Contract) -> None:
    schema = json.loads(generated(contract)["schema.json"])

    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["contract"] == {"const": contract.version}


@pytest.mark.parametrize("arguments", [[], ["--help"], ["generate", "1.0.0"]])
def test_another_command_is_wrong_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "generate" in capsys.readouterr().err
