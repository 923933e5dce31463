"""A national figure: its value, and the coverage without which it cannot be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from cauce_contract import Month
from cauce_contract.model import Status

LEAST_DENOMINATOR = 10  # a rate on less is of low reliability
LEAST_SHARE = Fraction(4, 5)  # so is a figure that a fifth of the programmes is missing from


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who was expected to report, and who did.

    expected   programmes on the roster of that month; a closed one where it owes the figure
    reporting  those of them that reported every part of the figure as a number
    missing    the ids of the others, in order
    waived     those of the missing whose month is waived: they are expected all the same
    """

    expected: int
    reporting: int
    missing: tuple[str, ...]
    waived: tuple[str, ...] = ()

    @property
    def share(self) -> Fraction | None:
        """reporting / expected; None where nobody was expected."""
        return Fraction(self.reporting, self.expected) if self.expected else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one area and month, exact.

    numerator    None where nobody reported it
    denominator  None where the figure is no ratio, or its denominator is not known
    status       an SDMX CL_OBS_STATUS code
    code         of the dimension that the figure is broken down by, if it is
    """

    period: Month
    area: str
    code: str | None
    numerator: int | None
    denominator: int | None
    is_ratio: bool
    status: str
    coverage: Coverage

    @property
    def value(self) -> Fraction | None:
        """The ratio of the sums, or the sum; None where there is nothing to divide by."""
        if self.numerator is None:
            return None
        if not self.is_ratio:
            return Fraction(self.numerator)
        return Fraction(self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Contributions:
    """What the programmes of an area gave to a figure in a month, added up.

    is_about_roster  whether it counts programmes: then what is missing is what it measures
    worst   the highest status number among the figures that were added
    reason  the highest among those reported without a number
    silent  programmes that sent no report at all
    """

    numerator: int | None
    denominator: int | None
    is_ratio: bool
    is_about_roster: bool
    worst: int | None
    reason: int | None
    silent: int


def status(given: Contributions, coverage: Coverage, by_number: Mapping[int, Status]) -> str:
    """The observation status: O, L, M, then B, then U, then what the programmes said.

    O  nobody reported, or a part that everybody's is needed of is not known
    M  nobody was expected, or nothing to divide by
    U  a denominator under 10, or coverage under 0.8; a count of programmes is never weak
    """
    if coverage.expected == 0:
        return "M"
    if given.numerator is None:
        return "O" if given.silent or not given.reason else by_number[given.reason].sdmx
    if given.is_ratio and given.denominator is None:
        return "O"
    if given.is_ratio and given.denominator == 0:
        return "M"
    worst = by_number[given.worst].sdmx if given.worst else "A"
    return "U" if worst != "B" and _is_weak(given, coverage) else worst


def _is_weak(given: Contributions, coverage: Coverage) -> bool:
    if given.is_about_roster:
        return False
    is_small = given.is_ratio and (given.denominator or 0) < LEAST_DENOMINATOR
    return is_small or (coverage.share or 0) < LEAST_SHARE


def rounded(value: Fraction | None) -> float | int | None:
    """A fraction to six decimals, half to even; whole numbers as integers."""
    if value is None or value.denominator == 1:
        return None if value is None else int(value)
    scaled: int = round(value * 1_000_000)
    return scaled / 1_000_000
