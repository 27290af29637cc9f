# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roots that the inventory pins, and what can be told of an exchanged root without pins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...errors import SiptlsError
from ..x509.certificates import fingerprint, is_issued_by
from ..x509.keys import public_key_digits

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["RootPins", "check_chain", "exchanged_root"]

_DIGITS = re.compile(r"[0-9A-F]{64}")


@dataclass(frozen=True)
class RootPins:
    """The SHA-256 fingerprints of the roots that are trusted, whatever the PKI directory says.

    :ivar fingerprints: as openssl prints them; empty where no root is pinned
    """

    fingerprints: frozenset[str] = frozenset()

    @classmethod
    def checked(cls, given: Iterable[str] | None, *, name: str = "root_fingerprints") -> RootPins:
        """The pins in the words of a playbook: hexadecimal digits with or without colons, in upper or lower case.

        :raises SiptlsError: one of them is not a SHA-256 fingerprint
        """
        found = set()
        for text in given or ():
            digits = str(text).strip().upper().replace(":", "")
            if not _DIGITS.fullmatch(digits):
                raise SiptlsError(
                    f"{name} holds what is not a SHA-256 fingerprint",
                    expected="64 hexadecimal digits, with or without colons, as openssl x509 -fingerprint -sha256 prints them",
                    found=repr(str(text)[:100]),
                )
            found.add(":".join(digits[at : at + 2] for at in range(0, 64, 2)))
        return cls(frozenset(found))

    def check(self, root: x509.Certificate, *, where: str) -> None:
        """Refuses a root that is not pinned, where any is.

        :raises SiptlsError: it is another root
        """
        own = fingerprint(root)
        if self.fingerprints and own not in self.fingerprints:
            raise SiptlsError(
                f"the root {root.subject.rfc4514_string()} is not one that the inventory pins",
                where=where,
                expected="a root with one of these SHA-256 fingerprints: " + ", ".join(sorted(self.fingerprints)),
                found=own,
                remedy="if you have just made this root, for a CA rollover or post-quantum CAs, add its fingerprint to "
                "pki_root_fingerprints (root_fingerprints of the task); otherwise restore the PKI directory from git",
            )


def check_chain(
    certificates: Sequence[x509.Certificate], chain: Sequence[x509.Certificate], *, where: str
) -> x509.Certificate:
    """The self-signed root of a CA, after its chain was verified exactly: CA first, each issued by the next, the root last.

    Signatures, ``basicConstraints`` and ``keyUsage`` (RFC 5280, section 6.1.4, (k) and (n)); no lifetimes.

    :param certificates: of the file with the CA's own certificate
    :param chain: of the file with those above it
    :raises SiptlsError: a certificate too many, one that is missing, or one that did not issue the one before it
    """
    path = (*certificates, *chain)
    if len(certificates) != 1:
        raise _broken(where, "one certificate in certificate.pem", f"{len(certificates)} certificates")
    for certificate in path:
        if not _is_authority(certificate):
            found = f"{_name(certificate)}, which is not a CA"
            raise _broken(where, "CA certificates (basicConstraints CA:TRUE, and keyCertSign in any keyUsage)", found)
    for at, (below, above) in enumerate(pairwise(path), 1):
        if _is_root(below):
            raise _broken(where, f"nothing after the root {_name(below)}", f"{_name(above)} as certificate {at + 1}")
        if not is_issued_by(below, above):
            expected = f"the CA {below.issuer.rfc4514_string()} that issued {_name(below)}"
            raise _broken(where, expected, f"{_name(above)}, SHA-256 {fingerprint(above)}")
    if not _is_root(path[-1]):
        raise _broken(where, "a self-signed root at the end", f"{_name(path[-1])}, which is not self-signed")
    return path[-1]


def exchanged_root(trusted: Iterable[x509.Certificate], path: Sequence[x509.Certificate]) -> bool:
    """Whether a CA that a device knows by its key is now said to be below a root that the device does not trust.

    A trust anchor is a name and a key (RFC 5280, section 6.1.1, (d)): a root that was certified anew with both is no other.

    :param trusted: the certificates in the device's trust bundle
    :param path: of the CA, its own certificate first, its root last
    """
    known = tuple(trusted)
    roots = [certificate for certificate in known if _is_root(certificate)]
    keys = {public_key_digits(certificate.public_key()) for certificate in known}
    # A bundle without any root is damaged, and to be repaired
    anchors = {_anchor(root) for root in roots}
    return bool(roots) and public_key_digits(path[0].public_key()) in keys and _anchor(path[-1]) not in anchors


def _anchor(root: x509.Certificate) -> tuple[x509.Name, bytes]:
    return root.subject, public_key_digits(root.public_key())


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject and is_issued_by(certificate, certificate)


def _is_authority(certificate: x509.Certificate) -> bool:
    extensions = certificate.extensions
    try:
        is_authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
    try:
        return is_authority and extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return is_authority


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "a certificate without a subject"


def _broken(where: str, expected: str, found: str) -> SiptlsError:
    return SiptlsError(
        "the chain of this CA is not what its certificate needs, so it adds or hides a trust anchor",
        where=where,
        expected=expected,
        found=found,
        remedy="restore certificate.pem and chain.pem of this CA from git, and find out who changed them",
    )
