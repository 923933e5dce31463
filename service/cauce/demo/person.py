"""An invented person: what is fixed about somebody from the referral on."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cauce.demo.chance import Weights, pick

_SHARE_OF_WOMEN = 0.135
_SHARE_OF_ADOLESCENTS = 0.06  # where a programme takes them at all

# Demand for treatment in Mexico, 2023: amphetamines 49.1 %, alcohol 21.8 %, cannabis 13.3 %;
# 51 % of men and 38.5 % of women came for amphetamines.
_SUBSTANCES: Mapping[str, Weights] = {
    "M": {
        "MET": 50, "ALC": 22, "CAN": 13, "COC": 5, "INH": 3, "OPI": 3, "SED": 1, "OST": 1,
        "HAL": 1, "OTH": 1,
    },
    "F": {
        "MET": 39, "ALC": 26, "CAN": 14, "COC": 5, "INH": 3, "OPI": 5, "SED": 6, "OST": 1,
        "OTH": 1,
    },
}  # fmt: skip
_AGES: Weights = {"18-24": 27, "25-34": 38, "35-44": 22, "45-54": 9, "55-64": 3, "65-70": 1}
_BANDS = ((18, "Y12T17"), (25, "Y18T24"), (35, "Y25T34"), (45, "Y35T44"), (55, "Y45T54"))

_OFFENCES: Weights = {"USE": 42, "INF": 14, "ACQ": 38, "OTH": 6}
_OFFENCES_WITH_ALCOHOL: Weights = {"USE": 6, "INF": 62, "ACQ": 24, "OTH": 8}
_OFFENCE_TYPES: Mapping[str, Weights] = {
    "USE": {"0601": 1},
    "INF": {"0207": 58, "0201": 24, "0504": 13, "0208": 5},
    "ACQ": {"0502": 76, "0501": 12, "07": 8, "0504": 4},
    "OTH": {"08": 55, "99": 45},
}
_SOURCES: Weights = {
    "DEF": 30, "PRO": 27, "JUD": 20, "UME": 11, "HLT": 3, "SLF": 4, "PEN": 2, "COM": 1,
    "OTH": 1, "_U": 1,
}  # fmt: skip
_ROUTES: Weights = {"SCP": 91, "EXE": 8, "OTH": 1}

# Percent of persons, where a state differs from the rest.
_INDIGENOUS: Weights = {"MX-CHP": 24, "MX-HID": 17, "MX-DUR": 5, "MX-CHH": 6, "MX-MOR": 6}
_MIGRANT: Weights = {"MX-CHH": 5, "MX-BCS": 5, "MX-CHP": 5}


@dataclass(frozen=True, slots=True)
class Person:
    """Nobody: a set of codes, the same in every count that this person is part of.

    traits    code by dimension
    groups    codes of population_group, of which a person may have several
    hardship  0..1, how hard the way through the programme will be
    """

    traits: Mapping[str, str]
    groups: tuple[str, ...]
    hardship: float
    arrested: date
    referred: date


def invent(rng: random.Random, state: str, referred: date, *, with_adolescents: bool) -> Person:
    """A person of this state, referred on this day."""
    sex = "F" if rng.random() < _SHARE_OF_WOMEN else "M"
    age = _age(rng, with_adolescents=with_adolescents)
    substance = pick(rng, _SUBSTANCES[sex])
    group = pick(rng, _OFFENCES_WITH_ALCOHOL if substance == "ALC" else _OFFENCES)
    traits = {
        "sex": sex,
        "age_band": _band(age),
        "substance": substance,
        "offence_group": group,
        "offence_type": pick(rng, _OFFENCE_TYPES[group]),
        "referral_source": pick(rng, _SOURCES),
        "legal_route": "ADO" if age < 18 else pick(rng, _ROUTES),
    }
    arrested = referred - timedelta(days=rng.randint(2, 45))
    return Person(traits, tuple(_groups(rng, state, sex)), rng.random(), arrested, referred)


def _age(rng: random.Random, *, with_adolescents: bool) -> int:
    """Years at entry; a stay is short, so the band at entry stands for the whole of it."""
    if with_adolescents and rng.random() < _SHARE_OF_ADOLESCENTS:
        return rng.randint(15, 17)
    youngest, oldest = pick(rng, _AGES).split("-")
    return rng.randint(int(youngest), int(oldest))


def _band(age: int) -> str:
    older = "Y55T64" if age < 65 else "Y_GE65"
    return next((band for below, band in _BANDS if age < below), older)


def _groups(rng: random.Random, state: str, sex: str) -> list[str]:
    is_indigenous = rng.random() * 100 < _INDIGENOUS.get(state, 2)
    held = {
        "IND": is_indigenous,
        "NSL": rng.random() < (0.45 if is_indigenous else 0.004),
        "AFM": rng.random() < 0.02,
        "DIS": rng.random() < 0.05,
        "MIG": rng.random() * 100 < _MIGRANT.get(state, 1),
        "CAR": rng.random() < (0.55 if sex == "F" else 0.3),
    }
    return [code for code, holds in held.items() if holds]
