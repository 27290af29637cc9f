# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the templates of the platform edge are rendered with, from the variables of the role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..durations import parse_duration
from .media import media_policy
from .sizing import sizes_for

__all__ = ["Edge", "Limits", "Outside", "Switch", "Trunk", "edge_settings"]

# Header fields that pass, beside those that SIP needs for itself (Via, From, To, Call-ID, CSeq, Max-Forwards, Contact, Route, Record-Route,
# Content-Type, Content-Length). Whatever else a device writes, such as P-Asserted-Identity, Path or Diversion, does not. TH is a note of
# Kamailio's topoh to itself, which never leaves the process
_BOTH = (
    "Accept|Accept-Encoding|Accept-Language|Allow|Allow-Events|Call-Info|Content-Disposition|Content-Encoding|Date|Event|Expires|In-Reply-To|"
    "Info-Package|Join|MIME-Version|Min-Expires|Min-SE|Priority|Privacy|RAck|RSeq|Reason|Recv-Info|Refer-Sub|Replaces|Require|Retry-After|"
    "Session-Expires|Subject|Subscription-State|Supported|Timestamp|Unsupported|TH|x|o|k|u|a|e|s"
)
_INWARD = f"{_BOTH}|Authorization|Proxy-Authorization|User-Agent|Refer-To|Referred-By|r|b"
_OUTWARD = f"{_BOTH}|WWW-Authenticate|Proxy-Authenticate|Authentication-Info"
# Of the session description, what tells of the other side is replaced
_MEDIA_FLAGS = (
    "ICE=remove rtcp-mux-demux SDES-pad replace-origin replace-session-connection replace-username replace-session-name"
)


@dataclass(frozen=True)
class Outside:
    """Where gateways connect.

    :ivar ports: TCP, the first one is that of the edge itself
    :ivar advertised: the address that gateways know, where a router translates it; empty where none does
    """

    address: str
    ports: Sequence[int] = (5061,)
    advertised: str = ""


@dataclass(frozen=True)
class Switch:
    """The switch that speaks plain SIP.

    :ivar transport: udp or tcp
    :ivar sources: further addresses that it sends from
    """

    address: str
    port: int = 5060
    transport: str = "udp"
    sources: Sequence[str] = ()


@dataclass(frozen=True)
class Trunk:
    """A gateway with a port of its own on the inside.

    :ivar gateway: its AoR without sip:
    :ivar numbers: whether its calls may come from other numbers than its user
    """

    gateway: str
    port: int
    numbers: bool = False


@dataclass(frozen=True)
class Limits:
    """How much is taken before callers get a refusal.

    :ivar gateways: that may be connected
    :ivar calls: at once, in all
    :ivar call_rate: new calls a second, in all
    :ivar requests: of one gateway within ten seconds
    :ivar from_one_source: connections of one address; 0 for no limit but that of all
    """

    gateways: int = 200
    calls: int = 500
    calls_each: int = 60
    call_rate: int = 100
    call_rate_each: int = 20
    requests: int = 400
    from_one_source: int = 0


@dataclass(frozen=True)
class Edge:
    """All of it.

    :ivar tls: certificate, private_key, trust_bundle, crl (paths), ciphers, groups (OpenSSL's words), min_version, session_cache (whether)
    :ivar domains: entries of vos_sip_domains with all their defaults, absent ones left out
    :ivar connection_lifetime: a duration such as 2h
    :ivar fax: refuse, or pass: T.38, which is not encrypted
    """

    outside: Outside
    switch: Switch
    inside_address: str
    domains: Sequence[Mapping[str, Any]]
    tls: Mapping[str, Any]
    inside_port: int = 5060
    trunks: Sequence[Trunk] = ()
    limits: Limits = field(default_factory=Limits)
    media_ports: tuple[int, int] = (10000, 20000)
    control_port: int = 22222
    connection_lifetime: str = "2h"
    fax: str = "refuse"
    directory: str = "/etc/siptls-edge"
    run: str = "/run/siptls-edge"
    workers: int = 4


def edge_settings(edge: Edge) -> dict[str, Any]:
    """The variable ``edge`` of the templates: see tests/integration/edge_templates."""
    limits = edge.limits
    return {
        "directory": edge.directory,
        "run": edge.run,
        "workers": edge.workers,
        "outside": {
            "address": edge.outside.address,
            "ports": list(edge.outside.ports),
            "advertised": edge.outside.advertised,
        },
        "inside": {"address": edge.inside_address, "port": edge.inside_port},
        "switch": {
            "address": edge.switch.address,
            "port": edge.switch.port,
            "transport": edge.switch.transport,
            "sources": _unique([edge.switch.address, *edge.switch.sources]),
        },
        "trunks": [{"gateway": one.gateway, "port": one.port, "numbers": one.numbers} for one in edge.trunks],
        "domains": [media_policy(one) for one in edge.domains],
        "tls": {**edge.tls, "session_cache": int(bool(edge.tls["session_cache"]))},
        "limits": {
            name: getattr(limits, name) for name in ("calls", "calls_each", "call_rate", "call_rate_each", "requests")
        },
        "sizes": sizes_for(gateways=limits.gateways, calls=limits.calls, from_one_source=limits.from_one_source),
        "media": {"ports": list(edge.media_ports), "control_port": edge.control_port, "flags": _MEDIA_FLAGS},
        "headers": {"inward": _INWARD, "outward": _OUTWARD},
        "connection_lifetime": int(parse_duration(edge.connection_lifetime).total_seconds()),
        "fax": edge.fax,
    }


def _unique(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))
