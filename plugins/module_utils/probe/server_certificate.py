# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a device does not accept what a server presents, by what OpenSSL on the device says of the chain.

The numbers are X509_V_ERR, X509_STORE_CTX_get_error(3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..findings import Finding
from ..tls.chains import open_ends, paths_to_anchors
from ..tls.code_points import version_name
from ..tls.handshake import TLS_1_2, TLS_1_3
from ..tls.observation import Observation, VerifyError
from .settings import DeviceFacts

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["REVOCATION_UNKNOWN", "not_accepted", "notes_on", "usages_of"]

_NO_CRL, _CRL_NOT_YET, _CRL_EXPIRED = 3, 11, 12
#: What leaves it open whether a certificate is revoked.
REVOCATION_UNKNOWN = (_NO_CRL, _CRL_NOT_YET, _CRL_EXPIRED)
_UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21, 24, 27, 79)
_TIMES = (9, 10)
_REVOKED, _SIGNATURE, _PURPOSE = 23, 7, 26
_NAMES = (47, 48)
_WEAK = (66, 67, 68)
_SIP_DOMAIN = "1.3.6.1.5.5.7.3.20"  # RFC 5924
# The first of these that is there is the cause: where there is no chain, nothing else was looked at.
_ORDER = (_UNKNOWN_AUTHORITY, (_SIGNATURE,), _TIMES, (_REVOKED,), (_PURPOSE,), _WEAK, _NAMES)


def not_accepted(
    seen: Observation, device: DeviceFacts, served: Sequence[x509.Certificate]
) -> tuple[Finding, tuple[VerifyError, ...]] | None:
    """The cause, and the errors that it is made of; None if the device accepts the chain, or was shown none.

    What leaves only the revocation open is no reason not to accept it.
    """
    errors = tuple(one for one in seen.verify_errors if one.number not in REVOCATION_UNKNOWN)
    if not errors:
        return None
    first = next((one for kind in _ORDER for one in errors if one.number in kind), errors[0])
    evidence = tuple(
        dict.fromkeys(f"depth {one.depth}, {one.subject}: {one.text} (verify error {one.number})" for one in errors)
    )
    cause, remedy = _cause(first, device, served)
    more = (device.clock_words,) if device.is_off else ()
    return Finding(cause, (*evidence, *more), remedy), errors


def _cause(error: VerifyError, device: DeviceFacts, served: Sequence[x509.Certificate]) -> tuple[str, str]:
    which = "the server's certificate" if error.depth == 0 else f"the certificate of the authority {error.subject}"
    if error.number in _UNKNOWN_AUTHORITY:
        return _unknown(device, served)
    if error.number in _TIMES:
        return _time(error, which, device, served)
    if error.number == _REVOKED:
        return f"{which} is revoked", "give the softswitch a new certificate (siptls.vos.rotate)"
    if error.number == _PURPOSE:
        return f"{which} is not for servers: its key usages do not allow that ({usages_in_words(served)})", (
            "issue it with profile softswitch: serverAuth, clientAuth and sipDomain"
        )
    if error.number == _SIGNATURE:
        return f"{which} was not signed by the authority that it names", (
            "two authorities of one name are the usual cause, after a rollover; compare their keys"
        )
    if error.number in _WEAK:
        return f"{which} has a key or hash that is too weak for this device's OpenSSL: {error.text}", (
            "issue it with RSA of 2048 bits or more, or P-256, and SHA-256"
        )
    if error.number in _NAMES:
        return f"{which} has a name that its authority may not issue for (name constraints)", (
            "issue it under an authority that may, or correct pki_permitted_domains"
        )
    return f"this device does not accept {which}: {error.text}", "see what openssl-verification-options(1) says of it"


def _unknown(device: DeviceFacts, served: Sequence[x509.Certificate]) -> tuple[str, str]:
    bundle = device.trust_bundle.path
    if not served:
        return "the server's certificate is of an authority that this device does not know", f"add it to {bundle}"
    held = {one.subject for one in device.anchors}
    sent = {one.subject for one in served[1:]}
    ends = open_ends(served, device.anchors) or (served[0],)
    last = next((one for one in ends if one.issuer in held), ends[0])
    name = last.issuer.rfc4514_string()
    if served[0].subject == served[0].issuer:
        return (
            "the server's certificate is self-signed and no anchor of this device",
            f"give the softswitch a certificate of an authority in {bundle}",
        )
    if last.issuer in held:
        return (
            f"{bundle} has another certificate of the same name than the one that signed: {name}",
            "bring the present one to the device: siptls.vos.device_certificate, or siptls.vos.rollover in its phases",
        )
    if last.issuer == last.subject or sent:
        return (
            f"the server's chain ends at {name}, which is not in {bundle}",
            "add that anchor to the device's trust bundle, or give the softswitch a certificate of one that is there",
        )
    return (
        f"the issuer of the server's certificate, {name}, is neither sent by the server nor in {bundle}",
        "have the softswitch serve its chain (certificate file: leaf, then issuing authority); if it is a foreign one, replace it",
    )


def _time(error: VerifyError, which: str, device: DeviceFacts, served: Sequence[x509.Certificate]) -> tuple[str, str]:
    # An expired certificate of the same CA, which no path needs, may lie beside the good one
    used = {one for path in paths_to_anchors(served, device.anchors) for one in path.certificates}
    pool = [one for one in (*served, *device.anchors) if not used or one in used]
    mine = [served[0]] if error.depth == 0 and served else [one for one in pool if _ended(one, error, device.now)]
    if device.is_off and mine and not any(_ended(one, error, device.now) for one in mine):
        return (
            f"{device.clock_words}, so that a valid certificate seems {'not yet valid' if error.number == 9 else 'expired'}",
            ("set the device's clock (NTP)"),
        )
    if device.is_off and not mine:
        return f"{device.clock_words}, and by it {which} is not valid", "set the device's clock (NTP)"
    end = next((one for one in mine if _ended(one, error, device.now)), None)
    if error.number == 10:
        when = f" at {end.not_valid_after_utc:%F %T} UTC" if end else ""
        place = "" if error.depth == 0 else f" (sent by the server, or in {device.trust_bundle.path})"
        return (
            f"{which} expired{when}{place}",
            "renew it: siptls.vos.rotate for certificates, siptls.vos.rollover for authorities",
        )
    when = f" before {end.not_valid_before_utc:%F %T} UTC" if end else " yet"
    return f"{which} is not valid{when}", "wait, or see to the clocks of the device and of who signed it"


def _ended(certificate: x509.Certificate, error: VerifyError, now: datetime) -> bool:
    if error.number == 10:
        return certificate.not_valid_after_utc < now
    return certificate.not_valid_before_utc > now


def usages_in_words(served: Sequence[x509.Certificate]) -> str:
    """The extended key usages of the server's certificate."""
    names = ", ".join(usages_of(served[0])) if served else ""
    return f"it has {names}" if names else "it has none"


_WORDS = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    _SIP_DOMAIN: "sipDomain",
    "2.5.29.37.0": "anyExtendedKeyUsage",
}


def usages_of(certificate: x509.Certificate) -> list[str]:
    """Its extended key usages, by name where one is known here; none where it has no such extension."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return []
    return [_WORDS.get(one.dotted_string, one.dotted_string) for one in usages]


def notes_on(seen: Observation, device: DeviceFacts, served: Sequence[x509.Certificate]) -> list[str]:
    """What is worth a word though nothing fails by it."""
    notes = []
    if device.is_off:
        notes.append(f"{device.clock_words}; certificates will seem expired or not yet valid")
    for one in seen.verify_errors:
        if one.number in REVOCATION_UNKNOWN:
            notes.append(f"whether {one.subject} is revoked is unknown: {one.text}")
    if served:
        usages = usages_of(served[0])
        if usages and not {"sipDomain", "anyExtendedKeyUsage"} & set(usages):
            notes.append(
                "the server's certificate has no sipDomain among its extended key usages; strict peers refuse it (RFC 5924)"
            )
    if seen.established and seen.chosen and seen.chosen.version < TLS_1_2:
        notes.append(f"{version_name(seen.chosen.version)} was negotiated, which RFC 8996 forbids")
    if seen.established and seen.chosen and seen.chosen.version < TLS_1_3 and "DHE" not in (seen.suite or ""):
        notes.append(f"{seen.suite} has no forward secrecy (RFC 9325, section 4.1)")
    if seen.established and not seen.asked:
        notes.append("the server asks for no client certificate: TLS proves nobody to it")
    leaf = device.own.leaf
    if leaf is not None and leaf.not_valid_after_utc < device.now:
        notes.append(f"the device's certificate expired at {leaf.not_valid_after_utc:%F %T} UTC")
    return notes
