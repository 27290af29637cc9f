# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a probe, each with its state and its causes: TLS, OPTIONS, REGISTER."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..findings import Finding, State
from ..sip.domain_identity import PresentedNames, why_not_for
from ..sip.message import Response
from ..sip.registering import Registered
from ..sip.status import SERVES_NO_OPTIONS, meaning, own_words, status_line
from ..sip.talk import Answered
from ..tls.handshake import TLS_1_3
from ..tls.observation import Observation
from .connection import no_connection, no_handshake
from .refusal import refusal
from .server_certificate import not_accepted
from .settings import DeviceFacts, Target

try:
    from cryptography import x509
    from cryptography.x509.oid import NameOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = [
    "NOT_TRIED",
    "ProbeStep",
    "answer_step",
    "names_of",
    "options_step",
    "refused",
    "register_step",
    "removal_step",
    "tls_step",
]


@dataclass(frozen=True)
class ProbeStep:
    """What became of one step.

    :ivar findings: the causes why it failed, the first one first; why it is unknown, if it is
    """

    state: State
    findings: tuple[Finding, ...] = ()


NOT_TRIED = ProbeStep(State.UNKNOWN)


def tls_step(
    seen: Observation,
    device: DeviceFacts,
    target: Target,
    served: Sequence[x509.Certificate],
    *,
    said: str,
    answered: Answered,
) -> ProbeStep:
    """Whether there is a TLS connection on which each end has accepted the other.

    A client of TLS 1.3 holds its handshake for done before the server has looked at its certificate. So nothing is ok
    before the server has answered something.

    :param served: what it presented, as far as it can be read
    :param said: what openssl said
    :param answered: what became of OPTIONS
    """
    if local := device.problem():
        return ProbeStep(State.FAILED, (local,))
    if missing := no_connection(seen, target, said) or no_handshake(seen, target):
        return ProbeStep(State.FAILED, (missing,))
    rejected = not_accepted(seen, device, served)
    found = [
        rejected[0] if rejected else None,
        _wrong_name(seen, served, target),
        refusal(seen, device),
    ]
    findings = tuple(one for one in found if one)
    if findings:
        return ProbeStep(State.FAILED, findings)
    if answered.final is not None:
        return ProbeStep(State.OK)
    return _unproven(seen, target, answered)


def _unproven(seen: Observation, target: Target, answered: Answered) -> ProbeStep:
    if answered.fault:
        return ProbeStep(State.OK)  # it has answered, and not in SIP: that is for the next step
    if answered.over:
        shown = "after this device presented its certificate" if seen.presented else "after the handshake"
        return ProbeStep(
            State.FAILED,
            (
                Finding(
                    f"{target.connect} closed the connection without a reason {shown}",
                    ("no alert came, and no answer to OPTIONS",),
                    "one of: it refuses the certificate silently, it does not admit the source address, it failed; its log says which",
                ),
            ),
        )
    if seen.chosen and seen.chosen.version < TLS_1_3:
        return ProbeStep(State.OK)
    return ProbeStep(
        State.UNKNOWN,
        (
            Finding(
                "the handshake is over for this device, and whether the server accepts it is not known: it has not answered anything",
                ("in TLS 1.3 a refusal comes after the handshake",),
            ),
        ),
    )


def names_of(certificate: x509.Certificate) -> PresentedNames:
    """The names in a certificate."""
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return PresentedNames(str(common[0].value) if common else "", (), (), has_alternative_names=False)
    return PresentedNames(
        common_name=str(common[0].value) if common else "",
        uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
        dns=tuple(names.get_values_for_type(x509.DNSName)),
        has_alternative_names=True,
    )


def _wrong_name(seen: Observation, served: Sequence[x509.Certificate], target: Target) -> Finding | None:
    if not served:
        if seen.established and seen.chain:
            return Finding("the server's certificate cannot be read", remedy="give the softswitch another certificate")
        return None
    why = why_not_for(names_of(served[0]), target.domain)
    if why is None:
        return None
    return Finding(
        f"wrong name: {why}",
        (f"the name asked for (SNI) was {target.server_name or 'none'}",),
        f"have the softswitch's certificate carry URI:sip:{target.domain} and DNS:{target.domain} (vos_sip_domains), or correct domain",
    )


def options_step(answered: Answered) -> ProbeStep:
    """Whether the server speaks SIP with us."""
    return answer_step(answered, "OPTIONS", fine=SERVES_NO_OPTIONS)


def answer_step(answered: Answered, method: str, *, fine: Sequence[int] = ()) -> ProbeStep:
    """Whether a request got an answer, and a good one.

    :param fine: negative statuses that are good enough
    """
    if answered.fault:
        cause = f"what the server answers to {method} is no SIP that can be read"
        return ProbeStep(State.FAILED, (Finding(cause, (answered.fault,), "see what listens there"),))
    final = answered.final
    if final is None:
        how = "closed the connection without an answer" if answered.over else "does not answer"
        return ProbeStep(
            State.FAILED,
            (
                Finding(
                    f"the server {how} to {method}",
                    tuple(f"it answered {status_line(one)} first" for one in answered.provisional[:4]),
                    "see in its log what became of the request; a server that does not know the sender may stay silent",
                ),
            ),
        )
    if final.status < 300 or final.status in fine:
        return ProbeStep(State.OK)
    return ProbeStep(State.FAILED, (refused(final, method, answered.unanswered),))


def refused(final: Response, method: str, unanswered: str = "") -> Finding:
    """A negative answer as a cause."""
    words, remedy = meaning(final.status)
    more = (unanswered,) if unanswered else ()
    return Finding(
        f"{method} was refused with {status_line(final)}: {unanswered or words}", (*own_words(final), *more), remedy
    )


def register_step(answered: Answered) -> ProbeStep:
    """Whether the registrar took a REGISTER."""
    return answer_step(answered, "REGISTER")


def removal_step(registered: Registered) -> ProbeStep:
    """Whether a registration of our own was made, listed and removed."""
    made = register_step(registered.made)
    if made.state is not State.OK:
        return made
    if not registered.is_there:
        words = "the registrar answered and does not list the Contact that was registered"
        return ProbeStep(State.FAILED, (Finding(words, (), "see whether it admits more than one Contact"),))
    removed = register_step(registered.removed or Answered(over=True))
    if removed.state is State.OK:
        return removed
    left = Finding(
        f"the registration that the probe made is still there: {removed.findings[0].cause}",
        removed.findings[0].evidence,
        "it ends by itself at its time (expires)",
    )
    return ProbeStep(State.FAILED, (left,))
