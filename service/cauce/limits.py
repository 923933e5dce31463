"""How often one address may ask."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

_MINUTE = timedelta(minutes=1)


class PerAddress:
    """At most `a_minute` requests of an address at once, and that many again each minute.

    Counted in this process alone: several processes each count for themselves, and a restart
    forgets. An IPv6 address counts as its /64, which one subscriber has whole.

    addresses  how many are remembered; of more, the one that asked longest ago is forgotten
    """

    def __init__(self, a_minute: int, addresses: int = 10_000) -> None:
        self.a_minute = a_minute
        self.addresses = addresses
        self._spent: dict[str, datetime] = {}  # when all that was asked for is made good

    def seconds_to_wait(self, address: str, now: datetime) -> int:
        """0 where the address may ask, and has asked; else when it may again."""
        whose = subscriber(address)
        # A clock that was set back must not keep anybody waiting until it has caught up.
        spent = min(max(self._spent.pop(whose, now), now), now + _MINUTE)
        following = spent + _MINUTE / self.a_minute
        is_allowed = following - now <= _MINUTE
        self._spent[whose] = following if is_allowed else spent
        if len(self._spent) > self.addresses:
            del self._spent[next(iter(self._spent))]
        return 0 if is_allowed else math.ceil((following - now - _MINUTE).total_seconds())


def subscriber(address: str) -> str:
    """The address, or the /64 of an IPv6 one; ::ffff:192.0.2.1 is an IPv4 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> 64 << 64))
