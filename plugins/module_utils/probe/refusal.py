# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a server refuses the certificate of a device, by its alert and by what is known of the certificate.

The numbers are those that OpenSSL answers with, ssl_x509err2alert in ssl/statem/statem_lib.c. One alert stands for several
causes; where nothing here tells which, the cause says "one of".
"""

from __future__ import annotations

from ..findings import Finding
from ..tls.alerts import Alert
from ..tls.names import read_name
from ..tls.observation import Observation
from .settings import DeviceFacts

__all__ = ["authority_names", "refusal"]

_ABOUT_CERTIFICATES = (40, 41, 42, 43, 44, 45, 46, 48, 49, 51, 80, 116)
_RENEW = "run siptls.vos.device_certificate for this device"


def refusal(seen: Observation, device: DeviceFacts) -> Finding | None:
    """Why the server refused this device; None if it did not, or for another reason than its certificate."""
    alert = seen.refusal
    if alert is None or seen.chosen is None or seen.chosen.retry:
        return None
    evidence = _evidence(seen, device, alert)
    if seen.asked and seen.presented == 0 and alert.number in (*_ABOUT_CERTIFICATES, 10):
        return Finding(
            "the server requires a client certificate, and this device presented none",
            evidence,
            "name certificate and private_key; the device's SIP client needs both too (tls_client_cert, tls_client_key)",
        )
    if not seen.presented or alert.number not in _ABOUT_CERTIFICATES:
        return Finding(f"the server ended the connection: {alert.words}", evidence, "the server's log says more")
    cause, remedy = _cause(seen, device, alert)
    return Finding(cause, evidence, remedy)


def _evidence(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, ...]:
    words = [f"the server sent {alert}: {alert.words}"]
    if seen.established:
        words.append("the alert came after the handshake, as it does in TLS 1.3")
    names = authority_names(seen)
    if seen.asked:
        words.append("the server asked for a certificate of " + ("; ".join(names[:8]) or "any authority"))
    if leaf := device.own.leaf:
        words.append(
            f"the device presented {leaf.subject.rfc4514_string() or 'a certificate without a subject'}, "
            f"of {leaf.issuer.rfc4514_string()}, valid {leaf.not_valid_before_utc:%F %T} to {leaf.not_valid_after_utc:%F %T} UTC"
        )
    return tuple(words)


def authority_names(seen: Observation) -> list[str]:
    """The authorities that the server asked for, as RFC 4514 writes names. One that cannot be read is left out."""
    return [name for octets in seen.authorities if (name := read_name(octets))]


def _cause(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, str]:
    """The cause, and what to do."""
    leaf = device.own.leaf
    if leaf is not None:
        if leaf.not_valid_after_utc < device.now:
            return f"the device's certificate expired at {leaf.not_valid_after_utc:%F %T} UTC", _RENEW
        if leaf.not_valid_before_utc > device.now and alert.number in (42, 46):
            return (
                f"the device's certificate is not valid before {leaf.not_valid_before_utc:%F %T} UTC",
                "wait, or see to the clock of the controller that signed it",
            )
        if not device.own.is_for_clients and alert.number in (42, 43, 46, 48):
            return (
                "the device's certificate is not for clients: its extended key usage lacks clientAuth",
                f"{_RENEW}, profile gateway; a certificate of a public authority may lack clientAuth since 2026",
            )
    return _BY_ALERT.get(alert.number, _other)(seen, device, alert)


def _revoked(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, str]:
    return (
        "the device's certificate is revoked",
        "the record in the PKI directory says why; where the device is to come back: device_certificate with after_revocation",
    )


def _expired(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, str]:
    return (
        "the server holds something expired, and by the controller's clock the device's certificate is valid: one of the server's "
        "revocation list has run out, an authority of the chain has expired, the server's clock is ahead",
        "look at the end of the revocation list at the server (vos_crl_file), then at the clock there",
    )


def _unknown_authority(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, str]:
    names = authority_names(seen)
    issuers = [one.issuer.rfc4514_string() for one in device.own.pem.certificates]
    alone = len(device.own.pem.certificates) == 1
    if issuers and names and not set(issuers) & set(names):
        return (
            "the device's certificate is of an authority that the server does not ask for"
            + ("; the certificate file holds no chain" if alone else ""),
            "have the server trust that authority (trust bundle of the softswitch), or give the device a certificate of one that it trusts",
        )
    return (
        "the server does not accept the chain of the device's certificate: one of its authority is unknown there, an intermediate is "
        "missing"
        + (" (the certificate file holds no chain)" if alone else "")
        + ", the server has no revocation list of an authority",
        "compare the trust bundle of the server with the device's chain; with a revocation list, one of every authority has to be there",
    )


def _bad(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, str]:
    return (
        "the server does not accept the device's certificate: one of not yet valid by the server's clock, a key or hash that is too "
        "weak there, a name, damaged",
        "the server's log says which; see to its clock first",
    )


def _unproven(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, str]:
    return (
        "a signature does not fit: the device's certificate was not signed by the authority that it names, or is no pair with its key",
        "two authorities of one name are the usual cause, after a rollover; compare their keys at server and device",
    )


def _other(seen: Observation, device: DeviceFacts, alert: Alert) -> tuple[str, str]:
    return f"the server refuses the device: {alert.words}", "the server's log says more"


_BY_ALERT = {42: _bad, 44: _revoked, 45: _expired, 46: _bad, 48: _unknown_authority, 51: _unproven}
