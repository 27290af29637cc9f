# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PKI directory: text files that belong in git, each written once and never changed.

```
authorities/NAME/certificate.pem     the authority
                 chain.pem           those above it, its issuer first, up to the trust anchor; empty for a root
                 private_key.pem     PKCS #8, encrypted, 0600
certificates/DEVICE/SERIAL.pem       each certificate issued, below a few lines for a reader
```

No file is ever changed and no two runs ever want the same name, so runs on several machines merge without a conflict.
"""

from __future__ import annotations

import string
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import SiptlsError
from ..files import NewFile, create_directory, create_file
from .certificates import describe_certificate, pem, read_certificates, serial_hex
from .keys import load_private_key, public_key_digits

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Authority", "PkiDirectory"]

_PLAIN = frozenset(string.ascii_letters + string.digits + "._-")
_PRIVATE = 0o600
_LEFT_BY_KILLED_RUNS = ".*.tmp\n"


@dataclass(frozen=True)
class Authority:
    """A certificate authority as the PKI directory keeps it.

    :ivar name: its name in the directory
    :ivar folder: where its files are
    :ivar certificate: its own certificate
    :ivar chain: the certificates above it, its issuer first, its trust anchor last; empty for a root
    """

    name: str
    folder: Path
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    def signing_key(self, passphrase: str) -> CertificateIssuerPrivateKeyTypes:
        """The private key, proven to be this authority's.

        :raises SiptlsError: the passphrase is wrong, or the key is missing or another's
        """
        path = self.folder / "private_key.pem"
        where = f"authority {self.name} ({path})"
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            raise SiptlsError(
                "this authority has no private key here, so it cannot sign",
                where=where,
                remedy="run where the key is, or restore the file from its backup",
            ) from None
        except OSError as error:
            raise SiptlsError(
                "the private key of this authority cannot be read",
                where=where,
                found=error.strerror or str(error),
                remedy="run as the user whose file it is",
            ) from None
        key = load_private_key(text, passphrase, where=where)
        if public_key_digits(key.public_key()) != self._digits:
            raise SiptlsError(
                "the private key does not belong to this authority's certificate",
                where=where,
                remedy="restore both files from one backup",
            )
        return key

    @cached_property
    def _digits(self) -> bytes:
        return public_key_digits(self.certificate.public_key())

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


class PkiDirectory:
    """The directory, by the names of what is in it.

    :param path: where it is on the controller
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def authority(self, name: str) -> Authority:
        """The authority called ``name``.

        :raises SiptlsError: there is none, or its files cannot be read
        """
        authority = self.find_authority(name)
        if authority is None:
            present = ", ".join(sorted(self._authority_names())) or "none"
            raise SiptlsError(
                f"there is no authority named {name!r}",
                where=str(self.path),
                expected=f"one of: {present}",
                remedy="make it with siptls.vos.authority first, or correct the name or the path of the PKI directory",
            )
        return authority

    def find_authority(self, name: str) -> Authority | None:
        """The authority called ``name``, or None where there is none."""
        folder = self._authority_folder(name)
        if not folder.is_dir():
            return None
        own = read_certificates(self._read(folder / "certificate.pem"), where=str(folder / "certificate.pem"))
        above = self._read(folder / "chain.pem")
        chain = read_certificates(above, where=str(folder / "chain.pem")) if above.strip() else ()
        return Authority(name, folder, own[0], chain)

    def add_authority(
        self, name: str, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...], encrypted_key: bytes
    ) -> Authority:
        """Records a new authority: all of it, or nothing.

        :raises FileExistsError: the name is taken, perhaps by another run a moment ago
        """
        self._describe_to_git()
        folder = self._authority_folder(name)
        files = {
            "certificate.pem": NewFile((describe_certificate(certificate) + pem(certificate)).encode()),
            "chain.pem": NewFile(pem(*chain).encode()),
            "private_key.pem": NewFile(encrypted_key, _PRIVATE),
        }
        create_directory(folder, files)
        return Authority(name, folder, certificate, chain)

    def record_certificate(self, device: str, profile: str, certificate: x509.Certificate) -> Path:
        """Puts an issued certificate on record, durably, before anybody gets it.

        :returns: the file that records it; one that is there already stays as it is
        """
        path = self._record(device, certificate)
        header = f"device: {device}\nprofile: {profile}\n" + describe_certificate(certificate)
        with suppress(FileExistsError):
            create_file(path, NewFile((header + "\n" + pem(certificate)).encode()))
        return path

    def has_record(self, device: str, certificate: x509.Certificate) -> bool:
        """Whether this certificate was recorded for this device."""
        return self._record(device, certificate).is_file()

    def _record(self, device: str, certificate: x509.Certificate) -> Path:
        return self.path / "certificates" / _file_name(device) / f"{serial_hex(certificate)}.pem"

    def _authority_folder(self, name: str) -> Path:
        return self.path / "authorities" / _file_name(name)

    def _authority_names(self) -> list[str]:
        folder = self.path / "authorities"
        return [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")] if folder.is_dir() else []

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise SiptlsError(
                "a file of the PKI directory cannot be read",
                where=str(path),
                found=error.strerror or str(error),
                remedy="restore it from git, or correct its permissions",
            ) from None

    def _describe_to_git(self) -> None:
        """Keeps what a killed run may leave behind out of git."""
        with suppress(FileExistsError):
            create_file(self.path / ".gitignore", NewFile(_LEFT_BY_KILLED_RUNS.encode()))


def _file_name(name: str) -> str:
    """``name`` as the name of a file: other characters, and a leading dot, as %XX of their UTF-8; one to one.

    :raises SiptlsError: the name is empty
    """
    if not name:
        raise SiptlsError("a name in the PKI directory cannot be empty", expected="a name such as issuing")
    encoded = "".join(
        character if character in _PLAIN else "".join(f"%{octet:02X}" for octet in character.encode())
        for character in name
    )
    return encoded.replace(".", "%2E", 1) if encoded.startswith(".") else encoded
