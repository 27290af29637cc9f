# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis could not know, each with why. Never taken for a no."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import State
from ..tls.observation import Reach
from ..tls.pem import private_key_line
from .cause import Unknown
from .doubts import settings_unknowns
from .evidence import Evidence, Side
from .filter_steps import media_ports_asked
from .rules_network import undecided
from .rules_tls import WANTS_PASSWORD

__all__ = ["unknowns"]

_NO_NFT = "nft cannot be asked there: not installed, or not by this user"
_UNDECIDED = "it depends on more than the packet's source and port, or on what cannot be evaluated"


def unknowns(evidence: Evidence) -> tuple[Unknown, ...]:
    """All of it: at the gateway, at the softswitch, and between them."""
    sides = (evidence.device, *([evidence.softswitch] if evidence.softswitch else []))
    return (
        *(one for side in sides for one in _stray_keys(side)),
        *settings_unknowns(evidence),
        *_of_device(evidence.device),
        *_of_softswitch(evidence),
        *_between(evidence),
    )


def _stray_keys(side: Side) -> Iterator[Unknown]:
    own = side.file("private_key").path
    for file in side.files:
        if file.name != "private_key" and file.path != own and private_key_line(file.text):
            yield Unknown(
                f"whether anybody else has a private key of {side.name}",
                f"a private key is in {file.path}, where a certificate or a CRL belongs ({file.mode or 'mode not known'}); move it out of"
                " the file, and revoke its certificate if others could read it",
            )


def _of_device(device: Side) -> Iterator[Unknown]:
    for file in device.files:
        if file.state == "unreadable":
            yield Unknown(
                f"what is in {file.path} of {device.name}, and what a connection with it comes to",
                "the user of this connection may not read it; run with become",
            )
    if not device.service.state:
        yield Unknown(f"whether the service of {device.name} runs", "it has no systemctl that this user may ask")
    if device.clock_ahead is None:
        yield Unknown(f"the clock of {device.name}", "it did not tell the time")
    if device.aes_accelerated is None:
        yield Unknown(f"whether {device.name} encrypts in hardware (AES-NI)", "its /proc/cpuinfo cannot be read")
    if not device.settings_path:
        yield Unknown(
            f"what {device.name} is configured to do",
            "no configuration was named, and there is none at the usual place",
        )
    if not any("SECLEVEL" in line for line in device.openssl_settings):
        yield Unknown(
            f"the security level of OpenSSL on {device.name}", "its configuration leaves it to how OpenSSL was built"
        )
    if not device.packet_filter:
        yield Unknown(f"whether a packet filter of {device.name} lets media in", _NO_NFT)


def _of_softswitch(evidence: Evidence) -> Iterator[Unknown]:
    softswitch = evidence.softswitch
    if softswitch is None:
        yield Unknown(
            "everything that only the softswitch knows: its packet filter, settings, revocation lists and registrations",
            "it was not asked; siptls.vos.diagnosis asks it with kind softswitch, and the playbook does where --limit leaves it in",
        )
        return
    if softswitch.registrations is None:
        yield Unknown(
            f"who is registered at {softswitch.name}",
            "it has no command that tells (vos_registrations_command), or that failed",
        )
    yield from _of_filter(evidence, softswitch)
    if not softswitch.served:
        yield Unknown(f"which certificate {softswitch.name} serves", softswitch.why_not_served or "it was not asked")


def _of_filter(evidence: Evidence, softswitch: Side) -> Iterator[Unknown]:
    addresses, probed, (first, last) = evidence.device.addresses or (), evidence.probed, evidence.media_ports
    media = f"whether the packet filter of {softswitch.name} lets the media in, UDP {first}-{last}"
    if not softswitch.packet_filter:
        yield Unknown(media, _NO_NFT)
        return
    if rule := undecided(softswitch, addresses, "udp", media_ports_asked(first, last)):
        yield Unknown(media, f"{_UNDECIDED}: {rule}")
    if probed is None or probed.seen.reach in (Reach.CONNECTED, Reach.NO_NAME):
        return
    if rule := undecided(softswitch, addresses, "tcp", (probed.port,)):
        yield Unknown(
            f"whether the packet filter of {softswitch.name} admits connections of {evidence.device.name} to TCP port {probed.port}",
            f"{_UNDECIDED}: {rule}",
        )


def _between(evidence: Evidence) -> Iterator[Unknown]:
    probed, call = evidence.probed, evidence.call
    if not evidence.is_accepted:
        yield Unknown(
            "what comes after TLS: OPTIONS, REGISTER and media as the softswitch sees them",
            "there is no TLS connection that both ends accept",
        )
    if probed is not None and probed.register_status in WANTS_PASSWORD:
        yield Unknown(
            "whether the registrar takes the gateway's password", "the diagnosis was given none (diagnose_password)"
        )
    if call is None:
        yield Unknown("which media a call agrees on", "no call was made; name somebody to call (diagnose_call_to)")
    elif call.state is State.UNKNOWN:
        yield Unknown(
            "which media a call agrees on", "; ".join(one.cause for one in call.findings) or "the call was not tried"
        )
    if probed is None or not probed.seen_from:
        yield Unknown(
            "whether addresses are changed on the way (NAT)",
            "no answer told which address the softswitch sees (received in Via)",
        )
    yield Unknown(
        "how long a NAT or a firewall on the way keeps a silent connection", "that shows only after such a silence"
    )
