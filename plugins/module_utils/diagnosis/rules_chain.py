# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each end finds a way from the other's certificate to an anchor that it holds, and whether that way is still open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ..tls.chains import open_ends, paths_to_anchors
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, Side
from .remedy import by_hand
from .renewing import renewed, rewritten

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["RULES"]


def at_the_device(evidence: Evidence) -> Iterator[Cause]:
    """What the softswitch presents, by the anchors of the gateway. What is on its disk stands in where nothing was presented."""
    probed, softswitch = evidence.probed, evidence.softswitch
    served: tuple[x509.Certificate, ...] = probed.served if probed else ()
    seen = bool(served)
    if not served and softswitch:
        served = softswitch.own.pem.certificates
    if not served or not evidence.device.bundle or _self_signed(served[0]):
        return
    yield from _judge(
        evidence,
        served,
        evidence.device,
        Where.DEVICE,
        softswitch.bundle if softswitch else (),
        softswitch,
        sure=seen,
    )


def at_the_softswitch(evidence: Evidence) -> Iterator[Cause]:
    """What the gateway presents, by the anchors of the softswitch."""
    softswitch, device = evidence.softswitch, evidence.device
    chain = device.own.pem.certificates
    if softswitch is None or not chain or not softswitch.bundle or _self_signed(chain[0]):
        return
    if softswitch.verify_mode in ("none", "require"):
        return
    # The intermediate of one PKI is mostly to be found in what the other end presents
    pool = (*device.bundle, *softswitch.own.pem.certificates[1:])
    yield from _judge(evidence, chain, softswitch, Where.SOFTSWITCH, pool, device, sure=not evidence.is_accepted)


def _judge(
    evidence: Evidence,
    chain: Sequence[x509.Certificate],
    holder: Side,
    where: Where,
    pool: Sequence[x509.Certificate],
    other_end: Side | None,
    *,
    sure: bool,
) -> Iterator[Cause]:
    """Why the holder of anchors finds no good way from ``chain``.

    :param where: the holder is
    :param pool: where a missing intermediate may be found
    :param other_end: who presents it; None for a softswitch that was not asked
    :param sure: the chain was seen on the wire, or was refused there; else it is what lies on the disk, and works
    """
    certainty = Certainty.CERTAIN if sure else Certainty.LIKELY
    other = Where.SOFTSWITCH if where is Where.DEVICE else Where.DEVICE
    sender = other_end.name if other_end else "the softswitch"
    bundle = holder.file("trust_bundle").path
    shown = f"{sender} presents {chain[0].subject.rfc4514_string()}, of {chain[0].issuer.rfc4514_string()}, in a chain of {len(chain)}"
    held = f"{bundle} of {holder.name} holds {'; '.join(_held(holder.bundle)[:4]) or 'nothing'}"
    paths = paths_to_anchors(chain, holder.bundle, now=evidence.now)
    if paths:
        ends = [_first_over(path.certificates, evidence.now) for path in paths]
        ended = ends[0]
        if ended and all(ends):
            yield Cause(
                CauseId.ANCHOR_EXPIRED,
                f"the authority {ended.subject.rfc4514_string()} in {bundle} of {holder.name} "
                f"expired at {ended.not_valid_after_utc:%F %T} UTC",
                certainty,
                where,
                holder.name,
                (
                    shown,
                    *(
                        f"path {' <- '.join(one.subject.rfc4514_string() for one in path.certificates)} ended at "
                        f"{path.not_after:%F %T} UTC"
                        for path in paths[:4]
                    ),
                ),
                "bring the present anchor to it; where the CA itself has expired, run siptls.vos.rollover",
                rewritten(holder, where),
            )
        return
    held_names = {one.subject for one in holder.bundle}
    missing = [one.issuer for one in open_ends(chain, holder.bundle)] or [chain[-1].issuer]
    issuer = next((name for name in missing if name in held_names), missing[0])
    end, name, remedy, steps = where, holder.name, "give it the trust bundle of the PKI", rewritten(holder, where)
    if other_end and other_end.bundle and not paths_to_anchors(chain, other_end.bundle):
        # Whoever presents it does not know that authority either, so it is the certificate that does not belong here
        end, name, remedy = other, other_end.name, "give it a certificate of the PKI that both trust"
        steps = renewed(other_end, other)
    if issuer in held_names:
        yield Cause(
            CauseId.ANCHOR_REPLACED,
            f"{bundle} of {holder.name} has another certificate of the name {issuer.rfc4514_string()} than the one that signed",
            certainty,
            end,
            name,
            (shown, held, "two of one name are the usual leftover of a rollover"),
            remedy,
            steps,
        )
    elif pool and paths_to_anchors([*chain, *pool], holder.bundle):
        if not sure:
            return  # its client finds the intermediate among its own anchors, and sends it
        yield Cause(
            CauseId.INTERMEDIATE_MISSING,
            f"{sender} presents no intermediate certificate: {issuer.rfc4514_string()} is neither in its chain nor in {bundle}",
            certainty,
            other,
            sender,
            (shown, held, "with that intermediate there is a way to an anchor"),
            "have the certificate file hold the leaf and then its issuing authority",
            renewed(other_end, other) if other_end else (),
        )
    else:
        unknown = (
            CauseId.AUTHORITY_UNKNOWN_TO_DEVICE if where is Where.DEVICE else CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH
        )
        yield Cause(
            unknown,
            f"{holder.name} does not know the authority of {sender}: {issuer.rfc4514_string()} is not in {bundle}",
            certainty,
            end,
            name,
            (shown, held),
            remedy,
            steps,
        )


def _held(bundle: Sequence[x509.Certificate]) -> list[str]:
    return [one.subject.rfc4514_string() for one in bundle]


def _self_signed(one: x509.Certificate) -> bool:
    return one.subject == one.issuer


def _ended(one: x509.Certificate, now: datetime) -> bool:
    return one.not_valid_after_utc < now


def _first_over(path: Sequence[x509.Certificate], now: datetime) -> x509.Certificate | None:
    """The first authority on it that has expired. The first certificate is for other rules."""
    return next((one for one in path[1:] if _ended(one, now)), None)


def by_alert(evidence: Evidence) -> Iterator[Cause]:
    """Where nobody asked the softswitch what it trusts, its alert alone tells, and not which of its reasons."""
    probed, device = evidence.probed, evidence.device
    alert = probed.seen.refusal if probed else None
    if evidence.softswitch is not None or alert is None or alert.number != 48:
        return
    chain = device.own.pem.certificates
    said = f"the softswitch sent {alert}: {alert.words}"
    if len(chain) == 1:
        yield Cause(
            CauseId.INTERMEDIATE_MISSING,
            f"{device.name} presents no intermediate certificate: {device.file('certificate').path} holds the leaf alone",
            Certainty.LIKELY,
            Where.DEVICE,
            device.name,
            (said,),
            "have the certificate file hold the leaf and then its issuing authority",
            renewed(device, Where.DEVICE),
        )
    yield Cause(
        CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH,
        f"the softswitch does not accept the authority of {device.name}, or lacks a revocation list of it",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
        "",
        (said,),
        "compare the softswitch's trust bundle with the chain; with a revocation list, one of every authority has to be there",
        by_hand("run the diagnosis again with the softswitch in it, which tells what it trusts"),
    )


RULES = (at_the_device, at_the_softswitch, by_alert)
