# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why there is no TLS connection: the way there, what answers, and what the two ends have in common."""

from __future__ import annotations

from ..findings import Finding
from ..tls.code_points import group_name, suite_name, version_name
from ..tls.handshake import TLS_1_2
from ..tls.observation import Observation, Reach
from .settings import Target

__all__ = ["narrowed", "no_connection", "no_handshake"]

_SHOWN = 200

# What OpenSSL 1.1.1 to 3.x says where our own end does not go on, and what that is in words.
_OWN_REASONS = (
    (
        ("unsupported protocol", "version too low", "wrong ssl version", "no protocols available"),
        "the server chose a protocol version that this device does not take",
        "have the server speak TLS 1.2 or 1.3",
    ),
    (
        ("dh key too small", "ee key too small", "ca key too small", "ca md too weak", "ee md too weak", "md too weak"),
        "the server uses a key or a hash that is too weak for this device's OpenSSL",
        "give the server a certificate of at least 2048 bits RSA or P-256, signed with SHA-256",
    ),
    (
        ("legacy sigalg disallowed or unsupported", "wrong signature type", "no suitable signature algorithm"),
        "the server signs in a way that this device does not take, as TLS 1.0 and 1.1 do",
        "have the server speak TLS 1.2 or 1.3",
    ),
    (
        ("no cipher match", "no ciphers available", "no suitable key share", "wrong curve"),
        "what this device was told to offer selects nothing that can be used",
        "correct the options ciphers, groups, min_version and max_version",
    ),
)


def no_connection(seen: Observation, target: Target, said: str) -> Finding | None:
    """Why no TCP connection came to be; None if one did.

    :param said: what openssl said, for what is not understood
    """
    host, _colon, port = target.connect.rpartition(":")
    if seen.reach is Reach.CONNECTED:
        return None
    if seen.reach is Reach.NO_NAME:
        return Finding(
            f"the name {host} does not resolve on the device",
            ("openssl found no address for it",),
            "correct the name in gateway_register (connect of a task), or the device's resolver (/etc/resolv.conf, /etc/hosts)",
        )
    if seen.reach is Reach.REFUSED:
        return Finding(
            f"nothing listens at {target.connect}",
            ("the connection was refused at once: the host is up, and no service has the port",),
            f"start the service there and see that it listens on {port}; a firewall that rejects looks the same",
        )
    if seen.reach is Reach.UNREACHABLE:
        return Finding(
            f"there is no route to {target.connect}",
            (_last(said),),
            "see to routes and addresses of the device; a firewall that rejects with ICMP looks the same",
        )
    if seen.reach is Reach.SILENT:
        return Finding(
            f"{target.connect} does not answer",
            ("no answer to the first packet of the connection",),
            f"let TCP port {port} through on the way (siptls.vos.allowlist on the softswitch), or correct the address",
        )
    return Finding(f"openssl on the device made no connection to {target.connect}", (_last(said),))


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"openssl said: {' / '.join(lines[-2:])[:_SHOWN]}" if lines else "openssl said nothing"


def no_handshake(seen: Observation, target: Target) -> Finding | None:
    """Why there is no handshake on a connection that is up; None if our end holds it for done, or it is about a certificate.

    An alert about a certificate of ours is for refusal to judge.
    """
    if seen.established:
        return None
    if seen.first_octets:
        return _no_tls(seen.first_octets, target)
    if seen.chosen is None or seen.chosen.retry:
        return _nothing_chosen(seen, target)
    if seen.given_up:
        return _given_up(seen)
    if seen.refusal is None:
        return Finding(
            f"{target.connect} ended the handshake without a reason" if seen.ended else "the handshake does not end",
            (*_offered(seen), "the server had chosen " + _chosen(seen)),
            "the server's log says why",
        )
    return None


def _no_tls(octets: bytes, target: Target) -> Finding:
    is_sip = octets[:4].upper() == b"SIP/"
    begin = (
        repr(octets.decode("ascii")) if octets.isascii() and octets.decode("ascii").isprintable() else octets.hex(" ")
    )
    return Finding(
        f"{target.connect} speaks {'plain SIP' if is_sip else 'something else'}, and no TLS",
        (f"its answer begins with {begin}",),
        "connect to the TLS port (5061), or have the service speak TLS on this one",
    )


def _nothing_chosen(seen: Observation, target: Target) -> Finding:
    alert = seen.refusal
    if alert is None:
        if not seen.ended:
            return Finding(
                f"{target.connect} takes the connection and does not answer a ClientHello",
                _offered(seen),
                "one of: plain SIP is spoken there, the service hangs, or something on the way takes connections for it",
            )
        return Finding(
            f"{target.connect} closes the connection at the first word of TLS",
            (*_offered(seen), "no alert came"),
            "one of: plain SIP is spoken there, or the service admits only some source addresses; its log says which",
        )
    if alert.number == 70:
        return Finding(
            "the two ends have no protocol version in common",
            (f"the server sent {alert}: {alert.words}", *_offered(seen)),
            "have both speak TLS 1.2 or 1.3: min_version and max_version here, vos_tls_min_version at the softswitch",
        )
    if alert.number == 112:
        return Finding(
            f"the server serves no name {target.server_name}",
            (f"the server sent {alert}: {alert.words}",),
            "correct server_name, or have the server serve that name",
        )
    if alert.number in (40, 71, 47, 109):
        return Finding(
            "the two ends have no cipher suite, no group or no signature algorithm in common; the server does not say which",
            (f"the server sent {alert}: {alert.words}", *_offered(seen)),
            "compare with the server's settings: vos_tls_ciphers, vos_tls_groups, and the type of its key",
        )
    return Finding(
        f"the server refuses the handshake: {alert.words}",
        (f"the server sent {alert}", *_offered(seen)),
        "the server's log says more",
    )


def narrowed(seen: Observation, wide: Observation) -> Finding | None:
    """What the two ends lack in common, from a second handshake that offered all that the device's OpenSSL knows.

    :param seen: the first, which the server refused
    :returns: None where the second tells no more
    """
    if seen.offered is None or wide.chosen is None:
        return None
    evidence = (*_offered(seen), f"offered everything, the server chose {_chosen(wide)}")
    if wide.chosen.version not in seen.offered.versions:
        return Finding("the two ends have no protocol version in common", evidence, "have both speak TLS 1.2 or 1.3")
    if wide.chosen.suite not in seen.offered.suites:
        return Finding(
            "the two ends have no cipher suite in common",
            evidence,
            f"let the device offer {suite_name(wide.chosen.suite)} (option ciphers), or the server take others (vos_tls_ciphers)",
        )
    if wide.group and wide.group not in map(group_name, seen.offered.groups):
        return Finding(
            "the two ends have no key exchange group in common",
            evidence,
            f"let the device offer {wide.group} (option groups), or the server take others (vos_tls_groups)",
        )
    return None


def _given_up(seen: Observation) -> Finding:
    evidence = (*_offered(seen), "the server had chosen " + _chosen(seen))
    if seen.chosen and seen.chosen.version < TLS_1_2:
        return Finding(
            f"the two ends have no protocol version in common: this device does not take {version_name(seen.chosen.version)}",
            evidence,
            "have the server speak TLS 1.2 or 1.3",
        )
    for phrases, cause, remedy in _OWN_REASONS:
        if seen.said(*phrases):
            return Finding(cause, evidence, remedy)
    reason = seen.errors[0].reason.strip() if seen.errors else str(seen.given_up)
    return Finding("this device gives the handshake up", (f"openssl said: {reason[:_SHOWN]}", *evidence))


def _chosen(seen: Observation) -> str:
    if seen.chosen is None:
        return "nothing"
    parts = [version_name(seen.chosen.version), seen.suite or "", seen.group or ""]
    return ", ".join(part for part in parts if part)


def _offered(seen: Observation) -> tuple[str, ...]:
    """Our ClientHello in words; the suites that only signal something are no offer."""
    hello = seen.offered
    if hello is None:
        return ()
    suites = [suite_name(one) for one in hello.suites if one not in (0x00FF, 0x5600)]
    listed = ", ".join(suites[:4]) + (f" and {len(suites) - 4} more" if len(suites) > 4 else "")
    return (
        f"offered were {', '.join(map(version_name, hello.versions))}; suites {listed}; "
        f"groups {', '.join(map(group_name, hello.groups)) or 'none'}",
    )
