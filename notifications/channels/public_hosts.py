"""Connections that lead out only: an address that a phone registered must not make us call into the school's network.

The check is of the peer that was really reached, after connecting and before a byte is sent, so that no name that
answers differently the second time can get around it.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

_ENDING_IN_IPV4 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


class _OutsideConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if not is_outside(connected.getpeername()[0]):
            connected.close()
            raise NewConnectionError(self, "not a public address")
        return connected


class _OutsidePool(HTTPSConnectionPool):
    ConnectionCls = _OutsideConnection


class OutsideAdapter(HTTPAdapter):
    """Carries https to public addresses alone. Where the installation names a proxy, the proxy decides instead."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use connections that look at whom they reached."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _OutsidePool}


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public internet; an IPv4 address within IPv6 counts as what it is."""
    found = ipaddress.ip_address(address.partition("%")[0])
    within = _ipv4_within(found) if isinstance(found, ipaddress.IPv6Address) else None
    return (within or found).is_global and not found.is_multicast and not getattr(found, "is_site_local", False)


def _ipv4_within(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a gateway would reach: mapped, of 6to4, of NAT64, or of the old compatible form."""
    if any(found in each for each in _ENDING_IN_IPV4):
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour
