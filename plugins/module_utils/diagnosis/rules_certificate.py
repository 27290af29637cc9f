# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pair of either end: its files, what is in them, and whether the certificate is good for what it is used for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..findings import State
from ..probe.server_certificate import usages_of
from ..tls.pem import private_key_line, read_pem
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, FileSeen, Side
from .remedy import Step
from .renewing import renewed, rewritten

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["RULES"]

_WHAT = {
    "certificate": "the certificate",
    "private_key": "the private key",
    "trust_bundle": "the trust bundle",
    "crl": "the revocation list",
}
_FEWEST_RSA, _FEWEST_EC = 2048, 224
_WEAK_HASHES = ("md5", "sha1")


@dataclass(frozen=True)
class _End:
    """One end as these rules see it."""

    side: Side
    where: Where

    def cause(
        self, kind: CauseId, words: str, evidence: tuple[str, ...], remedy: str, steps: tuple[Step, ...] = ()
    ) -> Cause:
        steps = steps or renewed(self.side, self.where)
        return Cause(kind, words, Certainty.CERTAIN, self.where, self.side.name, evidence, remedy, steps)


def _ends(evidence: Evidence) -> Iterator[_End]:
    yield _End(evidence.device, Where.DEVICE)
    if evidence.softswitch:
        yield _End(evidence.softswitch, Where.SOFTSWITCH)


def missing(evidence: Evidence) -> Iterator[Cause]:
    """A file that the configuration names is not there."""
    for end in _ends(evidence):
        for file in end.side.files:
            if file.state == "missing":
                yield end.cause(
                    CauseId.FILE_MISSING,
                    f"{_WHAT[file.name]} {file.path} does not exist on {end.side.name}",
                    (f"no file at {file.path}",),
                    "have it written again, or correct the path in the configuration",
                    rewritten(end.side, end.where),
                )


def forbidden(evidence: Evidence) -> Iterator[Cause]:
    """A file that the service's user may not read."""
    for end in _ends(evidence):
        for file in end.side.files:
            if file.forbidden:
                whom = f"the user {end.side.service.user} of its service"
                option = "vos_certificate_owner" if end.where is Where.SOFTSWITCH else "gateway_certificate_owner"
                yield Cause(
                    CauseId.FILE_FORBIDDEN,
                    f"{_WHAT[file.name]} {file.path} on {end.side.name} may not be read by {whom} (wrong permissions)",
                    Certainty.CERTAIN,
                    end.where,
                    end.side.name,
                    (f"{file.path}: {file.mode or 'mode not known'}", f"{whom} was refused"),
                    f"give the file to the user that the service runs as ({option})",
                    rewritten(end.side, end.where, {option: end.side.service.user} if end.side.service.user else {}),
                )


def unreadable_pem(evidence: Evidence) -> Iterator[Cause]:
    """A file that is no PEM, and the line from which on it is not; a service may report this as something else."""
    for end in _ends(evidence):
        for name in ("certificate", "trust_bundle"):
            file = end.side.file(name)
            problem = read_pem(file.text).problem if file.state == "there" else ""
            if problem and (line := private_key_line(file.text)):
                problem = f"line {line}: a private key is in {file.path}, where a certificate belongs"
            if problem:
                yield _bad_pem(end, file, problem)
        problem, key = end.side.key_problem, end.side.file("private_key")
        if key.state == "there" and not end.side.public_key and "encrypted" not in problem and _was_tried(end.side):
            yield _bad_pem(end, key, problem or "openssl cannot read it")


def _was_tried(side: Side) -> bool:
    return side.file("certificate").state == "there"


def _bad_pem(end: _End, file: FileSeen, problem: str) -> Cause:
    return end.cause(
        CauseId.PEM_UNREADABLE,
        f"{_WHAT[file.name]} {file.path} on {end.side.name} is not readable PEM: {problem}",
        (f"{file.path}, {problem}", *_complaints(end.side)),
        "have the pair written anew; some services report this as a conflict of ports, and the port is free",
        rewritten(end.side, end.where) if file.name == "trust_bundle" else (),
    )


def _complaints(side: Side) -> tuple[str, ...]:
    lines = [line for line in side.service.log if "error" in line.lower() or "cannot" in line.lower()]
    return tuple(f"log of {side.service.name}: {line[:160]}" for line in lines[-1:])


def encrypted(evidence: Evidence) -> Iterator[Cause]:
    """A key that wants a passphrase, which nobody is there to give."""
    for end in _ends(evidence):
        if "encrypted" in end.side.key_problem:
            path = end.side.file("private_key").path
            yield end.cause(
                CauseId.KEY_ENCRYPTED,
                f"the private key {path} on {end.side.name} is encrypted, and a service that starts by itself has no passphrase",
                (f"{path} holds an encrypted key",),
                "give it a new pair; its key is made on the device and lies there without a passphrase, readable by its user alone",
            )


def no_pair(evidence: Evidence) -> Iterator[Cause]:
    """A certificate and a key that do not belong together."""
    for end in _ends(evidence):
        side = end.side
        if side.public_key and side.certificate_key and side.public_key != side.certificate_key:
            yield end.cause(
                CauseId.PAIR_MISMATCH,
                f"certificate and private key of {side.name} are no pair",
                (f"the public key in {side.file('certificate').path} is not that of {side.file('private_key').path}",),
                "publish both as one, which siptls.vos.device_certificate does, or put the right files there",
            )


def content(evidence: Evidence) -> Iterator[Cause]:
    """Validity by the controller's clock, who signed, what it may be used for, and how strong it is."""
    for end in _ends(evidence):
        leaf = end.side.own.leaf
        if leaf is None:
            continue
        at = (
            f"the certificate of {end.side.name} ({end.side.file('certificate').path}, {leaf.subject.rfc4514_string()})"
        )
        valid = f"valid {leaf.not_valid_before_utc:%F %T} to {leaf.not_valid_after_utc:%F %T} UTC; now {evidence.now:%F %T} UTC"
        if leaf.not_valid_after_utc < evidence.now:
            words = f"{at} expired at {leaf.not_valid_after_utc:%F %T} UTC"
            yield end.cause(CauseId.CERTIFICATE_EXPIRED, words, (valid, *_alert(evidence)), "renew it")
        if leaf.not_valid_before_utc > evidence.now:
            words = f"{at} is not valid before {leaf.not_valid_before_utc:%F %T} UTC"
            yield end.cause(
                CauseId.CERTIFICATE_NOT_YET_VALID,
                words,
                (valid, *_alert(evidence)),
                "see to the clock of who signed it, then renew it",
            )
        if leaf.subject == leaf.issuer:
            yield end.cause(
                CauseId.CERTIFICATE_SELF_SIGNED,
                f"{at} is self-signed: no authority stands behind it",
                (f"issuer and subject are both {leaf.subject.rfc4514_string()}", *_alert(evidence)),
                "give it a certificate of the issuing authority",
            )
        yield from _use(end, leaf, at, evidence)
        if weakness := _weakness(leaf):
            yield end.cause(
                CauseId.KEY_WEAK,
                f"{at} is too weak for OpenSSL's security level 2: {weakness}",
                (weakness, *(f"{end.side.name}: {line}" for line in end.side.openssl_settings if "SECLEVEL" in line)),
                "renew it with P-256 or RSA of 2048 bits or more, and SHA-256",
            )


def _use(end: _End, leaf: x509.Certificate, at: str, evidence: Evidence) -> Iterator[Cause]:
    usages = usages_of(leaf)
    if not usages or "anyExtendedKeyUsage" in usages:
        return
    wanted, kind = ("clientAuth", CauseId.CLIENT_AUTH_MISSING)
    if end.where is Where.SOFTSWITCH:
        wanted, kind = ("serverAuth", CauseId.SERVER_AUTH_MISSING)
    if wanted not in usages and not evidence.is_accepted:
        yield end.cause(
            kind,
            f"{at} lacks {wanted}: it may not be used by a {'client' if wanted == 'clientAuth' else 'server'} (extended key usage)",
            (f"its extended key usages are {', '.join(usages)}", *_alert(evidence)),
            "renew it by the PKI of this collection; public authorities leave clientAuth out since 2026",
        )


def _alert(evidence: Evidence) -> tuple[str, ...]:
    refusal = evidence.probed.seen.refusal if evidence.probed else None
    return (f"the softswitch sent {refusal}: {refusal.words}",) if refusal else ()


def _weakness(leaf: x509.Certificate) -> str:
    try:
        key = leaf.public_key()
        digest = leaf.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _FEWEST_RSA:
        return f"an RSA key of {key.key_size} bits, at least {_FEWEST_RSA} are needed"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size < _FEWEST_EC:
        return f"an EC key of {key.curve.key_size} bits, at least {_FEWEST_EC} are needed"
    if digest is not None and digest.name in _WEAK_HASHES and leaf.subject != leaf.issuer:
        return f"signed with {digest.name.upper()}"
    return ""


def none_given(evidence: Evidence) -> Iterator[Cause]:
    """The softswitch wants a certificate, and the gateway has none to show."""
    probed, side = evidence.probed, evidence.device
    unused = side.file("certificate").state == "unused"
    asked = (
        probed is not None
        and probed.seen.asked
        and probed.seen.presented == 0
        and probed.states.get("tls") is not State.OK
    )
    wanted = evidence.softswitch is not None and evidence.softswitch.verify_mode in ("require", "require_verify")
    if not asked and not (unused and wanted):
        return
    yield _End(side, Where.DEVICE).cause(
        CauseId.NO_CLIENT_CERTIFICATE,
        f"the softswitch requires a client certificate, and {side.name} presents none",
        (
            *_alert(evidence),
            f"tls_client_cert of {side.settings_path or 'its configuration'}: {side.file('certificate').path or 'none'}",
        ),
        "name certificate and key in its configuration (tls_client_cert, tls_client_key)",
        rewritten(side, Where.DEVICE),
    )


RULES = (missing, forbidden, unreadable_pem, encrypted, no_pair, content, none_given)
