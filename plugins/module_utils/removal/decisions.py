# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may go back to plain SIP, and who is still on TLS. No input or output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..sip.registrations import Registration, registered_as

__all__ = [
    "ACCEPTABLE",
    "BACK",
    "GatewayAtSwitch",
    "GatewayFacts",
    "facts_of",
    "gateway_refusal",
    "softswitch_refusal",
    "still_on_tls",
    "tls_refusal",
    "unknown_accepted",
]

#: What remove_accept may name, and what the operator accepts by it.
ACCEPTABLE = {
    "unregistered": "a gateway whose configuration of before has no registrar",
    "srtp_required": "calls of a gateway with plain RTP are refused while its SIP domain requires SRTP",
    "gateways_on_tls": "a softswitch goes back though gateways of it still use TLS, and lose their registration",
}
#: After these a device is without TLS.
BACK = ("removed", "removed_not_proven", "unchanged")
_SHOWN = 10


@dataclass(frozen=True)
class GatewayFacts:
    """What decides whether a gateway may go back.

    :ivar unknown: whether nobody knows its configuration of before
    :ivar missing: keys that its configuration would not have afterwards, ``section.key``
    :ivar calls_told: whether it tells of calls that its reload would cut, or may cut them
    :ivar provable: whether somebody can tell that it is registered, or the inventory says that nobody can
    :ivar srtp_required: whether its SIP domain refuses plain RTP
    :ivar closed_by: the rule of its softswitch's packet filter that drops plain SIP from it; empty where there is none
    """

    name: str
    softswitch: str = ""
    unknown: bool = False
    missing: tuple[str, ...] = ()
    calls_told: bool = True
    provable: bool = True
    srtp_required: bool = False
    closed_by: str = ""


@dataclass(frozen=True)
class GatewayAtSwitch:
    """A gateway of the inventory, as its softswitch sees it.

    :ivar outcome: what became of it in this run; empty where it is not part of it
    :ivar tells: whether its softswitch tells by registrations which of them have a certificate
    """

    name: str
    aor: str
    outcome: str = ""
    tells: bool = True


def gateway_refusal(gateway: GatewayFacts, accepted: Iterable[str]) -> str:
    """Why the gateway may not go back, with what to do about it; empty where it may.

    :param accepted: keys of :data:`ACCEPTABLE`
    """
    accepts = frozenset(accepted)
    why = []
    if "sip.register" in gateway.missing and "unregistered" not in accepts:
        before = (
            "its configuration of before is not known: there is no copy of it on the device, as versions since 0.4.0 keep one"
            if gateway.unknown
            else "its configuration of before does not say where it registers"
        )
        why.append(
            f"{before}, and it would be registered nowhere. Set gateway_plain_settings with register and transport, such as"
            " {register: 'sip:vos.example.com:5060', transport: udp}; or, if it is to be so, remove_accept=unregistered"
        )
    if gateway.srtp_required and "srtp_required" not in accepts:
        why.append(
            "its SIP domain requires SRTP, so its calls with plain RTP would be refused. Set srtp_require: false for the domain in"
            " vos_sip_domains and run siptls.vos.site; or accept that calls are refused until then, remove_accept=srtp_required"
        )
    if gateway.closed_by:
        why.append(
            f"{gateway.softswitch} drops plain SIP from it ({gateway.closed_by}), so it would be cut off. Open port 5060 first:"
            " allowlist_close_plain_sip=false and siptls.vos.allowlist, or siptls.vos.allowlist -e allowlist_state=absent"
        )
    if not gateway.calls_told:
        why.append(
            "it does not tell whether calls are up. Set gateway_calls_command; or, if its reload cuts no call or a cut is accepted,"
            " gateway_when_busy=force"
        )
    if not gateway.provable:
        why.append(
            "nobody can tell whether it registers over plain SIP. Set vos_registrations_command for"
            f" {gateway.softswitch or 'a softswitch in the inventory'}; or, if the softswitch has no way to tell,"
            " gateway_registration_proof=none"
        )
    return "; ".join(why)


def softswitch_refusal(unknown: Sequence[str]) -> str:
    """Why the softswitch may not go back; empty where it may.

    :param unknown: paths of files of which nobody knows what they were
    """
    if not unknown:
        return ""
    return (
        f"of these files there is no copy of before on the device, as versions since 0.4.0 keep one: {_listed(unknown)}."
        " Set vos_plain_files with the content of each, empty where there was no such file"
    )


def still_on_tls(gateways: Iterable[GatewayAtSwitch], registrations: Sequence[Registration]) -> tuple[str, ...]:
    """The gateways that would lose their registration with the TLS listener of their softswitch: those not known to be back.

    :param registrations: what the softswitch says now; nothing where it says nothing
    """
    known: set[str] = set()
    names = []
    for gateway in gateways:
        found = registered_as(gateway.aor, registrations)
        known |= {one.aor for one in found}
        # A TLS connection that is gone may be in the list until it expires
        is_plain = gateway.tells and found and not any(one.serial for one in found)
        if gateway.outcome not in BACK and not is_plain:
            names.append(gateway.name)
    return (*names, *sorted({one.aor for one in registrations if one.serial and one.aor not in known}))


def tls_refusal(names: Sequence[str], accepted: Iterable[str]) -> str:
    """Why a softswitch may not go back while these use TLS; empty where it may."""
    if not names or "gateways_on_tls" in frozenset(accepted):
        return ""
    return (
        f"these are still on TLS, or not known to be off it: {_listed(names)}. Bring them back first; or, if their registrations may be"
        " lost, remove_accept=gateways_on_tls"
    )


def unknown_accepted(accepted: Iterable[str]) -> tuple[str, ...]:
    """What remove_accept names and nobody knows."""
    return tuple(sorted(set(accepted) - ACCEPTABLE.keys()))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def facts_of(given: Mapping[str, object]) -> GatewayFacts:
    """From what the role noted.

    :raises TypeError: a name is unknown
    """
    values = dict(given)
    missing = values.pop("missing", ())
    return GatewayFacts(**values, missing=tuple(map(str, missing)))  # type: ignore[arg-type, call-overload]
