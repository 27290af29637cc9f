# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Media: SRTP as the gateway is told against what the SIP domain demands, the ports of the media, and what a call came to."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import State
from .cause import Cause, CauseId, Certainty, Where
from .evidence import DomainPolicy, Evidence
from .filter_steps import admitted, media_ports_asked
from .remedy import RemedyStep, site
from .renewing import configured
from .rules_network import decisions, dropping

__all__ = ["RULES", "SUITES"]

#: What each value of srtp_encryption in a gateway's configuration offers.
SUITES = {
    "aes128_cm": ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"),
    "aes256_gcm": ("AEAD_AES_256_GCM",),
}
# Statuses of an INVITE that are about media; 488 is what RFC 3261, section 21.4.26 has for it
_ABOUT_MEDIA = (200, 415, 488, 606)


def srtp(evidence: Evidence) -> Iterator[Cause]:
    """Encryption, keying and suites of the gateway against those of its SIP domain."""
    policy, settings, name = evidence.policy, evidence.device.settings, evidence.device.name
    encryption, keying = settings.get("srtp_encryption", ""), settings.get("srtp_auth", "") or "sdes"
    if policy is None or not encryption or evidence.softswitch is None:
        return
    told = f"{evidence.device.settings_path}: srtp_encryption = {encryption}, srtp_auth = {keying}"
    wants = (
        f"SIP domain {policy.name}: srtp_policy require={str(policy.srtp_require).lower()} auth={policy.srtp_auth}"
        + (f" suites={' '.join(policy.suites)}" if policy.suites else "")
    )
    called = _of_call(evidence)
    intended = _as_intended(evidence, policy)
    where, host = (Where.SOFTSWITCH, evidence.softswitch.name) if intended else (Where.DEVICE, name)
    if encryption == "none":
        if policy.srtp_require:
            yield Cause(
                CauseId.SRTP_OFF,
                f"{name} does not encrypt its media, and the SIP domain {policy.name} requires SRTP: calls are refused with 488",
                Certainty.CERTAIN,
                Where.DEVICE,
                name,
                (told, wants, *called),
                "let it encrypt",
                configured(
                    evidence.device, "srtp_encryption", "gateway_srtp_encryption", _encryption(policy) or "aes128_cm"
                ),
            )
        return
    if policy.srtp_auth and keying != policy.srtp_auth:
        yield Cause(
            CauseId.SRTP_KEYING_MISMATCH,
            f"SRTP keying differs: {name} keys by {keying.upper()}, and the SIP domain {policy.name} wants {policy.srtp_auth.upper()}",
            Certainty.CERTAIN,
            where,
            host,
            (told, wants, *called),
            "let both key in the same way",
            intended or configured(evidence.device, "srtp_auth", "gateway_srtp_auth", policy.srtp_auth),
        )
        return
    offers = SUITES.get(encryption, ())
    if keying == "sdes" and offers and policy.suites and not set(offers) & set(policy.suites):
        yield Cause(
            CauseId.SRTP_SUITE_MISMATCH,
            f"SRTP suites differ: {name} offers {', '.join(offers)}, and the SIP domain {policy.name} allows {', '.join(policy.suites)}",
            Certainty.CERTAIN,
            where,
            host,
            (told, wants, *called),
            "let the gateway offer one that is allowed, or allow one that it has",
            intended or configured(evidence.device, "srtp_encryption", "gateway_srtp_encryption", _encryption(policy)),
        )


def _as_intended(evidence: Evidence, policy: DomainPolicy) -> tuple[RemedyStep, ...]:
    """Where the SIP domain on the softswitch is known not to be the inventory's, that is what has to be written again."""
    softswitch = evidence.softswitch
    for one in softswitch.intended_domains if softswitch else ():
        same = (one.srtp_require, one.srtp_auth, one.suites) == (policy.srtp_require, policy.srtp_auth, policy.suites)
        if softswitch and one.name.lower() == policy.name.lower() and not same:
            return site(softswitch.name, "configuration")
    return ()


def _encryption(policy: DomainPolicy) -> str:
    """A value of srtp_encryption whose suites the domain allows; empty where none has."""
    fits = (name for name, suites in SUITES.items() if not policy.suites or set(suites) & set(policy.suites))
    return next(fits, "")


def _of_call(evidence: Evidence) -> tuple[str, ...]:
    call = evidence.call
    if call is None or call.state is not State.FAILED:
        return ()
    return tuple(f"call to {call.to}, offered {call.offered}: {one.cause}" for one in call.findings[:1]) + tuple(
        line for one in call.findings[:1] for line in one.evidence[:2]
    )


def ports(evidence: Evidence) -> Iterator[Cause]:
    """The softswitch's packet filter does not let the media in: the first, the middle and the last of its ports are asked for."""
    softswitch, addresses = evidence.softswitch, evidence.device.addresses
    first, last = evidence.media_ports
    if softswitch is None or not addresses:
        return
    asked = media_ports_asked(first, last)
    closed = [one for one in decisions(softswitch, addresses, "udp", asked) if one[2].admitted is False]
    by_address = {address: [port for at, port, _decision in closed if at == address] for address in addresses}
    if not closed or any(not found for found in by_address.values()):
        return
    yield Cause(
        CauseId.MEDIA_PORTS_CLOSED,
        f"UDP ports {first}-{last} of the media are closed at {softswitch.name}: calls are set up and nobody hears anything",
        Certainty.CERTAIN,
        Where.SOFTSWITCH,
        softswitch.name,
        (
            f"its packet filter drops it: {dropping(closed[0][2])}",
            "of " + ", ".join(map(str, asked)) + " these are closed: " + ", ".join(map(str, by_address[addresses[0]])),
        ),
        f"let UDP ports {first}-{last} through for the gateways",
        admitted(evidence, softswitch, [closed[0]], "udp", f"{first}-{last}"),
    )


def called(evidence: Evidence) -> Iterator[Cause]:
    """A call that was made came to nothing because of its media: suite, tag, profile or key, as the answer has them."""
    call = evidence.call
    if call is None or call.state is not State.FAILED or call.status not in _ABOUT_MEDIA:
        return
    for finding in call.findings[:1]:
        yield Cause(
            CauseId.MEDIA_NOT_AGREED,
            f"a call to {call.to} agrees on no encrypted media: {finding.cause}",
            Certainty.LIKELY,
            Where.SOFTSWITCH,
            evidence.softswitch.name if evidence.softswitch else "",
            (f"offered {call.offered}", *finding.evidence),
            finding.remedy
            or "compare the srtp_policy of the domain, the relay's settings, and keying and suites of the called device",
        )


RULES = (srtp, ports, called)
