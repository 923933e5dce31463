"""`python -m cauce_contract generate` writes what follows from a version into its folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cauce_contract.json_schema import json_schema
from cauce_contract.load import folder_of_versions, load_all
from cauce_contract.model import Contract

USAGE = "usage: python -m cauce_contract generate\n"


def generated(contract: Contract) -> dict[str, str]:
    """The files that nobody writes by hand, by name."""
    schema = json.dumps(json_schema(contract), ensure_ascii=False, indent=1)
    return {"schema.json": f"{schema}\n"}


def main(arguments: list[str]) -> int:
    if arguments != ["generate"]:
        sys.stderr.write(USAGE)
        return 2
    for contract in load_all().values():
        for name, text in generated(contract).items():
            path = Path(str(folder_of_versions())) / contract.version / name
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
