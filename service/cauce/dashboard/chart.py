"""A bar chart of consecutive months as places in a drawing; the template gives it its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cauce.aggregate.figures import Figure

WIDTH, HEIGHT = (
    360,
    176,
)  # units of the drawing; near the width of a phone, so that text keeps its size
TOP, BASE = 18, 128  # of the tallest bar, and where bars stand
BAR_SHARE = 70  # per cent of a month's place that its bar takes


@dataclass(frozen=True, slots=True)
class Bar:
    """A month. Where nobody reported its `height` is 0 and the figure's value None.

    missing  programmes that were expected and are not in the figure
    """

    figure: Figure
    x: int
    width: int
    height: int

    @property
    def y(self) -> int:
        return BASE - self.height

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def missing(self) -> int:
        return len(self.figure.coverage.missing)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars in order; a bar that programmes are missing from is drawn as such."""

    bars: Sequence[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    base: int = BASE

    @property
    def figures(self) -> list[Figure]:
        return [bar.figure for bar in self.bars]

    @property
    def incomplete(self) -> int:
        """Months that programmes are missing from."""
        return sum(bar.missing > 0 for bar in self.bars)


def drawn(figures: Sequence[Figure]) -> Chart:
    """The figures as bars from 0, the greatest as tall as there is room for."""
    place = WIDTH // len(figures)
    width = place * BAR_SHARE // 100
    greatest = max((figure.value or 0 for figure in figures), default=0)
    return Chart(
        [
            Bar(
                figure,
                x=place * at + (place - width) // 2,
                width=width,
                height=round((figure.value or 0) * (BASE - TOP) / greatest) if greatest else 0,
            )
            for at, figure in enumerate(figures)
        ]
    )
