"""Loads versions of the contract in the order given, in a process that has loaded none yet.

Prints the ms of each, as JSON by version; the interpreter's start and imports do not count.
"""

from __future__ import annotations

import json
import sys
import time

from cauce_contract import Contract, load
from cauce_contract.load import folder_of_versions


def main() -> None:
    folder, loaded = folder_of_versions(), dict[str, Contract]()
    took = {}
    for version in sys.argv[1:]:
        started = time.perf_counter()
        loaded[version] = load(folder / version, loaded)
        took[version] = 1000 * (time.perf_counter() - started)
    print(json.dumps(took))


if __name__ == "__main__":
    main()
