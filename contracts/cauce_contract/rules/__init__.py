"""The kinds of check that interpret the contract's rules; rules.toml says which figures."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cauce_contract.rules import over_time, plausible, sums
from cauce_contract.rules.subject import Check, Found, Subject, total


def _kind(check: type[Check]) -> str:
    """The name of a class as rules.toml has it: `AtMost` is `at_most`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", check.__name__).lower()


KINDS: Mapping[str, type[Check]] = {
    _kind(each): each
    for module in (sums, plausible, over_time)
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, Check) and each is not Check
}

__all__ = ["KINDS", "Check", "Found", "Subject", "total"]
