"""The network of an address: enough to see where calls come from, and nobody in person."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

_KEPT = {4: 24, 6: 48}  # bits: an IPv4 address without its last octet, an IPv6 site


@lru_cache(maxsize=1024)
def network(address: str) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; None for what is neither.

    An IPv4 address that is written as an IPv6 one (::ffff:192.0.2.1) is one.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return str(ip_network((int(found), _KEPT[found.version]), strict=False))
