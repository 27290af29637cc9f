# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gateways and softswitches may not be together: which softswitch a gateway registers at, and names that two share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..platforms.catalogue import SOFTSWITCHES
from ..sip.aor import comparable_host
from .capabilities import proof_without_serials
from .violations import Violation, nearest, shown

__all__ = ["Gateway", "Softswitch", "ambiguous", "fleet_violations", "softswitches_for"]

# A gateway whose own proxy, or a tunnel, carries its registration: then no certificate has the name
_BY_A_PROXY = "localhost"


@dataclass(frozen=True)
class Softswitch:
    """A softswitch, by its variables.

    :ivar hostname: the name of its certificate, and a second one where it has two certificates
    :ivar domains: the SIP domains that it serves, which its certificate has as well
    :ivar address: how Ansible reaches it
    :ivar platform: ``vos_platform``
    """

    name: str
    hostnames: frozenset[str]
    domains: frozenset[str]
    address: str = ""
    platform: str = next(iter(SOFTSWITCHES))

    @classmethod
    def of(cls, name: str, variables: Mapping[str, Any]) -> Softswitch:
        """By the variables of the host; what is not set or of the wrong kind is left out."""
        second = variables.get("vos_post_quantum_certificate")
        found = [variables.get("vos_hostname"), second.get("hostname") if isinstance(second, Mapping) else None]
        domains = variables.get("vos_sip_domains")
        entries = domains if isinstance(domains, Sequence) and not isinstance(domains, str) else ()
        return cls(
            name,
            frozenset(comparable_host(one) for one in found if isinstance(one, str) and one),
            frozenset(
                comparable_host(str(one.get("name")))
                for one in entries
                if isinstance(one, Mapping) and one.get("state", "present") == "present"
            ),
            str(variables.get("ansible_host") or ""),
            str(variables.get("vos_platform") or cls.platform),
        )

    @property
    def names(self) -> frozenset[str]:
        """All names in its certificates."""
        return self.hostnames | self.domains


@dataclass(frozen=True)
class Gateway:
    """A gateway, by its variables, defaults included.

    :ivar proof: ``gateway_registration_proof``
    """

    name: str
    user: str
    domain: str
    hostname: str
    register: str
    softswitch: str = ""
    proof: str = "certificate"

    @classmethod
    def of(cls, name: str, variables: Mapping[str, Any]) -> Gateway:
        """By the variables of the host, those that are not set as the role has them."""
        user = str(variables.get("gateway_user") or name)
        domain = comparable_host(str(variables.get("gateway_sip_domain") or ""))
        return cls(
            name,
            user,
            domain,
            comparable_host(str(variables.get("gateway_hostname") or f"{user}.{domain}")),
            str(variables.get("gateway_register") or f"sip:{domain}:5061"),
            str(variables.get("gateway_softswitch") or ""),
            str(variables.get("gateway_registration_proof") or cls.proof),
        )

    @property
    def registrar(self) -> str:
        """The host that it registers at, by name or address."""
        address = re.sub(r"^sips?:|[;?].*$", "", self.register)
        host = address[1:].partition("]")[0] if address.startswith("[") else address.partition(":")[0]
        return comparable_host(host)


def softswitches_for(gateway: Gateway, softswitches: Sequence[Softswitch]) -> list[str]:
    """The softswitches that a gateway may register at: one where that is certain, and several, or none, where it is not."""
    if gateway.softswitch:
        return [gateway.softswitch]
    if len(softswitches) == 1:
        return [softswitches[0].name]
    registrar = gateway.registrar
    by_name = [one.name for one in softswitches if registrar in one.hostnames]
    by_address = [one.name for one in softswitches if one.address and comparable_host(one.address) == registrar]
    by_domain = [one.name for one in softswitches if registrar in one.domains]
    return by_name or by_address or by_domain


def ambiguous(gateway: Gateway, softswitches: Sequence[Softswitch]) -> Iterator[Violation]:
    """What is wrong where it cannot be told which softswitch a gateway registers at."""
    names = [one.name for one in softswitches]
    if gateway.softswitch and softswitches and gateway.softswitch not in names:
        near = nearest(gateway.softswitch, names)
        yield Violation(
            "gateway_softswitch",
            shown(gateway.softswitch),
            f"the inventory's name of a softswitch: {', '.join(names)}",
            f"did you mean {near}?" if near else "",
        )
        return
    found = softswitches_for(gateway, softswitches)
    if len(softswitches) > 1 and len(found) != 1:
        what = f"{', '.join(found)} for" if found else "no softswitch of that name for"
        yield Violation(
            "gateway_softswitch",
            f"nothing, and {what} gateway_register {shown(gateway.register)}",
            "the inventory's name of the softswitch that the gateway registers at, as there are several",
            f"set gateway_softswitch to one of {', '.join(names)}",
        )


def fleet_violations(
    gateways: Iterable[Gateway], softswitches: Sequence[Softswitch], of: Iterable[str]
) -> list[tuple[str, Violation]]:
    """What is wrong with the gateways of a run, by gateway.

    :param gateways: all of the inventory, for two of them may share a name
    :param of: the gateways of the run
    """
    everybody, found = list(gateways), []
    wanted = set(of)
    for gateway in everybody:
        if gateway.name in wanted:
            found += [(gateway.name, one) for one in (*ambiguous(gateway, softswitches), *_at(gateway, softswitches))]
    return [*found, *_shared(everybody, wanted)]


def _at(gateway: Gateway, softswitches: Sequence[Softswitch]) -> Iterator[Violation]:
    """What its softswitch does not know of it."""
    names = softswitches_for(gateway, softswitches)
    home = next((one for one in softswitches if [one.name] == names), None)
    if home is None:
        return
    if platform := SOFTSWITCHES.get(home.platform):
        yield from proof_without_serials(platform, home.name, gateway.proof)
    if gateway.registrar != _BY_A_PROXY and home.names and gateway.registrar not in home.names:
        yield Violation(
            "gateway_register",
            shown(gateway.register),
            f"a name in the certificate of {home.name}: {', '.join(sorted(home.names))}",
            f"correct gateway_register, or vos_hostname or vos_sip_domains of {home.name}",
        )
    if gateway.domain and home.domains and gateway.domain not in home.domains:
        yield Violation(
            "gateway_sip_domain",
            shown(gateway.domain),
            f"a SIP domain of {home.name}: {', '.join(sorted(home.domains))}",
            f"correct gateway_sip_domain, or add the domain to vos_sip_domains of {home.name}",
        )


def _shared(gateways: Sequence[Gateway], wanted: set[str]) -> list[tuple[str, Violation]]:
    """Names that two gateways have: they would take each other's registration, or have each other's certificate."""
    found = []
    users: dict[tuple[str, str], str] = {}
    hostnames: dict[str, str] = {}
    for gateway in gateways:
        first = users.setdefault((gateway.user, gateway.domain), gateway.name)
        if first != gateway.name and wanted & {first, gateway.name}:
            what = f"{gateway.user}@{gateway.domain}"
            found.append((gateway.name, Violation("gateway_user", shown(what), f"another user than {first}'s")))
        first = hostnames.setdefault(gateway.hostname, gateway.name)
        if first != gateway.name and wanted & {first, gateway.name}:
            expected = f"another host name than {first}'s"
            found.append((gateway.name, Violation("gateway_hostname", shown(gateway.hostname), expected)))
    return found
