# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA as a register knows it, its certificate and the chain above it; and as the PKI directory keeps it, with the way to its key."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePath

from ...errors import SiptlsError
from ...files import NewFile
from ..text.reader import read_regular
from ..x509.keys import load_private_key, public_key_digits
from ..x509.publication import NOWHERE, Publication
from .pkcs11 import TokenKey

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["LOCKS", "Authority", "StoredAuthority", "StoredKey"]

#: The folder of a PKI directory whose files runs on one machine lock.
LOCKS = ".locks"

_KEY_FILE = "private_key.pem"
_URI_FILE = "private_key.pkcs11"


@dataclass(frozen=True)
class StoredKey:
    """The file that leads to an authority's private key: the key itself, encrypted, or the name of one in a token."""

    name: str
    file: NewFile

    @classmethod
    def encrypted(cls, pem: bytes) -> StoredKey:
        """An encrypted key, PKCS #8 PEM."""
        return cls(_KEY_FILE, NewFile(pem, 0o600))

    @classmethod
    def in_token(cls, key: TokenKey) -> StoredKey:
        """A key that stays in its token."""
        return cls(_URI_FILE, NewFile(f"{key.uri()}\n".encode()))


@dataclass(frozen=True)
class Authority:
    """A CA as a register knows it.

    :ivar name: its name in the register
    :ivar folder: its place in the register, for a reader
    :ivar certificate: its own certificate
    :ivar chain: the certificates above it, its issuer first, its trust anchor last; empty for a root
    :ivar publication: what certificates that it issues say about where to check them
    """

    name: str
    folder: PurePath
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    publication: Publication = NOWHERE

    @property
    def not_after(self) -> datetime:
        """When it expires, or the first of the CAs above it does; UTC."""
        return min(one.not_valid_after_utc for one in (self.certificate, *self.chain))

    @property
    def root(self) -> x509.Certificate:
        """Its trust anchor."""
        return self.path[-1]

    @property
    def path(self) -> tuple[x509.Certificate, ...]:
        """From this authority up to its trust anchor."""
        return (self.certificate, *self.chain)

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """What a device presents behind its own certificate: the path without the trust anchor."""
        return tuple(certificate for certificate in self.path if certificate.issuer != certificate.subject)

    @property
    def trust_bundle(self) -> tuple[x509.Certificate, ...]:
        """What a device needs to verify a certificate of this authority: the trust anchor first, then down to it."""
        return self.path[::-1]


@dataclass(frozen=True)
class StoredAuthority(Authority):
    """A CA as the PKI directory keeps it.

    :ivar folder: where its files are
    :ivar pkcs11_module: the library of the token that holds its key, by the playbook or the inventory; empty for a key in a file
    """

    folder: Path
    pkcs11_module: str = field(default="", compare=False)

    def reached_by(self, pkcs11_module: str | None) -> StoredAuthority:
        """The same, with the PKCS #11 module that the playbook or the inventory names for its key."""
        return replace(self, pkcs11_module=pkcs11_module or "")

    def signing_key(self, passphrase: str) -> CertificateIssuerPrivateKeyTypes:
        """The private key, proven to be this authority's.

        :param passphrase: of the key file, or the PIN of the token
        :raises SiptlsError: the passphrase is wrong, or the key is missing or another's
        """
        token_key = self.token_key
        path = self.folder / (_URI_FILE if token_key else _KEY_FILE)
        where = f"authority {self.name} ({path})"
        self._check_one_key(where)
        if token_key:
            return token_key.open(passphrase, self.certificate.public_key(), where=where)
        key = self._load(path, passphrase, where)
        if public_key_digits(key.public_key()) != self._digits:
            raise SiptlsError(
                "the private key does not belong to this authority's certificate",
                where=where,
                remedy="restore both files from one backup",
            )
        return key

    def _check_one_key(self, where: str) -> None:
        """Which key signs is for the inventory to say, and not for a file that was added."""
        in_file = os.path.lexists(self.folder / _KEY_FILE)
        if self.token_key and in_file:
            raise SiptlsError(
                "there are two private keys of this authority",
                where=where,
                expected=f"{_KEY_FILE} or {_URI_FILE}",
                found="both",
                remedy="find out in git which one was added, and remove it",
            )
        if self.pkcs11_module and not self.token_key and in_file:
            raise SiptlsError(
                "the private key of this authority is in a file, and a PKCS #11 module is named for it",
                where=where,
                expected=f"{_URI_FILE}, as {self.pkcs11_module} is named",
                remedy="take the PKCS #11 module out of the inventory, or restore the file from git",
            )

    @cached_property
    def _digits(self) -> bytes:
        return public_key_digits(self.certificate.public_key())

    @cached_property
    def token_key(self) -> TokenKey | None:
        """The key in a token that this authority signs with; None where it has a file."""
        path = self.folder / _URI_FILE
        if not os.path.lexists(path):
            return None
        text = read_regular(path).decode(errors="replace")
        lock = self.folder.parent.parent / LOCKS / "token"
        return TokenKey.parse(text, module=self.pkcs11_module, where=str(path), lock=lock)

    @staticmethod
    def _load(path: Path, passphrase: str, where: str) -> CertificateIssuerPrivateKeyTypes:
        if not os.path.lexists(path):
            raise SiptlsError(
                "this authority has no private key here, so it cannot sign",
                where=where,
                remedy="run where the key is, or restore the file from its backup",
            )
        try:
            text = read_regular(path)
        except SiptlsError as error:
            raise SiptlsError(
                "the private key of this authority cannot be read",
                where=where,
                found=error.found or error.problem,
                remedy="run as the user whose file it is; it has to be a regular file",
            ) from None
        return load_private_key(text, passphrase, where=where)
