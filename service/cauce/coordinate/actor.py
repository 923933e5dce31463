"""Who acts, when, and under which contract: what every act needs beside what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cauce.instants import written
from cauce.store.calendar import local_day
from cauce_contract import Contract


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts; `by` is a client's id, or that of the command line."""

    contract: Contract
    by: str
    now: datetime

    @property
    def today(self) -> date:
        """The day by the clock of national coordination."""
        return local_day(self.now)

    @property
    def signature(self) -> dict[str, str]:
        """What every entry of the log ends with."""
        return {"at": written(self.now), "by": self.by}
