"""Chance that can be repeated: generators seeded with words, and three ways to draw."""

from __future__ import annotations

import random
from collections.abc import Mapping

Weights = Mapping[str, int]


def chance(*words: object) -> random.Random:
    """A generator of its own for these words; the same on every machine."""
    return random.Random(" ".join(map(str, words)))  # noqa: S311  invented data, no secrets


def about(rng: random.Random, mean: float) -> int:
    """One of the two integers around a mean, so that the mean holds in the long run.

    Courts schedule; they do not throw dice. Poisson counts would vary far more than theirs.
    """
    return int(mean + rng.random())


def pick(rng: random.Random, weights: Weights) -> str:
    return picks(rng, weights, 1)[0]


def picks(rng: random.Random, weights: Weights, number: int) -> list[str]:
    return rng.choices(tuple(weights), tuple(weights.values()), k=number)
