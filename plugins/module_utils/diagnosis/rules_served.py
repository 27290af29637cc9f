# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in use against what is on disk: a rotation is over when the service has loaded the files."""

from __future__ import annotations

from collections.abc import Iterator

from ..pki.x509.certificates import serial_hex
from ..timestamps import write_moment
from ..tls.chains import paths_to_anchors
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, Side
from .renewing import rewritten

__all__ = ["RULES"]

#: Alerts by which a server refuses a client certificate (RFC 8446, section 6.2)
_ABOUT_CERTIFICATES = (42, 44, 45, 46, 48)


def softswitch_behind(evidence: Evidence) -> Iterator[Cause]:
    """A new connection to the softswitch gets another certificate than the one on its disk."""
    softswitch, probed = evidence.softswitch, evidence.probed
    leaf = softswitch.own.leaf if softswitch else None
    if softswitch is None or leaf is None:
        return
    # A softswitch with two chains serves one or the other, by the name that is asked for
    seen = [one for one in (serial_hex(probed.served[0]) if probed and probed.served else "", softswitch.served) if one]
    if not seen or serial_hex(leaf) in seen:
        return
    served = seen[0]
    service = softswitch.service
    complaints = [line for line in service.log if "error" in line.lower() or "failed" in line.lower()]
    held = sum(one.serial not in ("", serial_hex(leaf)) for one in softswitch.connections)
    yield Cause(
        CauseId.SERVED_BEHIND_DISK,
        f"{softswitch.name} still serves an old certificate ({served}); on its disk is {serial_hex(leaf)}: it was not reloaded",
        Certainty.CERTAIN,
        Where.SOFTSWITCH,
        softswitch.name,
        (
            f"serial number on disk {serial_hex(leaf)}, on a new connection {served}, on {held} established connections another one",
            *(f"log: {line[:160]}" for line in complaints[-1:]),
        ),
        f"reload the service ({service.name}); a reload serves new connections only, and established ones keep theirs",
        rewritten(softswitch, Where.SOFTSWITCH),
    )


def softswitch_asks_otherwise(evidence: Evidence) -> Iterator[Cause]:
    """By its disk the softswitch has nothing against the gateway's certificate, and yet it refuses it: it loaded something else.

    What it sends tells more: the CAs whose certificates it asks for (RFC 8446, section 4.2.4).
    """
    softswitch, probed, device = evidence.softswitch, evidence.probed, evidence.device
    if softswitch is None or probed is None or evidence.is_accepted or not _is_good_by_disk(evidence, softswitch):
        return
    alert = probed.seen.refusal
    if alert is None or alert.number not in _ABOUT_CERTIFICATES:
        return
    held = {one.subject.public_bytes() for one in softswitch.bundle}
    asked = set(probed.seen.authorities)
    path = softswitch.file("trust_bundle").path
    foreign = bool(asked) and not asked & held
    seen = f"it asks for certificates of {len(asked)} CAs, none of which is in {path}" if foreign else ""
    yield Cause(
        CauseId.SERVED_BEHIND_DISK,
        f"{softswitch.name} refuses the certificate of {device.name} by something else than what is on its disk: it was not reloaded",
        Certainty.CERTAIN if foreign else Certainty.LIKELY,
        Where.SOFTSWITCH,
        softswitch.name,
        tuple(
            one
            for one in (
                f"the softswitch sent {alert}: {alert.words}",
                seen,
                f"by {path} and the CRLs on its disk, the certificate of {device.name} is good",
            )
            if one
        ),
        f"have the service ({softswitch.service.name or 'vos_service'}) load its files again; nothing on its disk has to change for that",
        rewritten(softswitch, Where.SOFTSWITCH),
    )


def _is_good_by_disk(evidence: Evidence, softswitch: Side) -> bool:
    """Whether the gateway's certificate leads to the softswitch's trust bundle, and no CRL there is against it."""
    own = evidence.device.own
    chain = own.pem.certificates
    if not chain or own.problem() or not own.is_for_clients or not softswitch.bundle:
        return False
    if not any(path.not_after > evidence.now for path in paths_to_anchors(chain, softswitch.bundle, now=evidence.now)):
        return False
    leaf = chain[0]
    if not leaf.not_valid_before_utc <= evidence.now <= leaf.not_valid_after_utc:
        return False
    if softswitch.file("crl").state != "there":
        return True
    now, serial = write_moment(evidence.now), serial_hex(leaf)
    held = {one.issuer for one in softswitch.crls}
    return (
        all(one.subject.rfc4514_string() in held for one in softswitch.bundle)
        and all(one.next_update > now for one in softswitch.crls if one.next_update)
        and not any(serial in one.revoked and one.issuer == leaf.issuer.rfc4514_string() for one in softswitch.crls)
    )


def device_behind(evidence: Evidence) -> Iterator[Cause]:
    """The gateway is registered over a connection with another certificate than the one on its disk."""
    softswitch, device = evidence.softswitch, evidence.device
    leaf = device.own.leaf
    if softswitch is None or leaf is None:
        return
    used = [one for one in evidence.own_registrations if one.serial]
    if not used or any(one.serial == serial_hex(leaf) for one in used):
        return
    age = f", since {used[0].seconds} s" if used[0].seconds is not None else ""
    yield Cause(
        CauseId.DEVICE_BEHIND_DISK,
        f"{device.name} is registered with an old certificate ({used[0].serial}); on its disk is {serial_hex(leaf)}: it was not reloaded",
        Certainty.CERTAIN,
        Where.DEVICE,
        device.name,
        (f"serial number on disk {serial_hex(leaf)}, on the established connection {used[0].serial}{age}",),
        f"reload the service ({device.service.name}) between calls",
        rewritten(device, Where.DEVICE),
    )


def device_in_plain(evidence: Evidence) -> Iterator[Cause]:
    """The gateway is to speak TLS by its file, and is registered over plain SIP: it runs with what it loaded before."""
    softswitch, device = evidence.softswitch, evidence.device
    own = evidence.own_registrations
    if softswitch is None or not own or any(one.serial for one in own):
        return
    at = [one for one in device.addresses or () if one in (softswitch.plain_peers or ())]
    others_tell = any(one.serial for one in softswitch.registrations or ())
    if not at and not others_tell:
        return  # that softswitch tells nobody's certificate
    yield Cause(
        CauseId.PLAIN_SIP,
        f"{device.name} is registered over plain SIP, without TLS",
        Certainty.CERTAIN if at else Certainty.LIKELY,
        Where.DEVICE,
        device.name,
        (
            f"{softswitch.name} holds its registration without a certificate"
            + (", and tells those of others" if others_tell else ""),
            *(f"{one} has a TCP connection to port 5060 of {softswitch.name}" for one in at),
        ),
        f"have the service ({device.service.name or 'gateway_service'}) load its configuration, between calls",
        rewritten(device, Where.DEVICE),
    )


RULES = (softswitch_behind, softswitch_asks_otherwise, device_behind, device_in_plain)
