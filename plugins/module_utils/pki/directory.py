# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PKI directory: text files that belong in git.

```
authorities/NAME/certificate.pem     the authority
                 chain.pem           those above it, its issuer first, up to the trust anchor; empty for a root
                 private_key.pem     PKCS #8, encrypted, 0600; or private_key.pkcs11, which names a key in a token
                 publication.txt     where its list, responder and certificate are published; the one file that may change
certificates/DEVICE/SERIAL.pem       each certificate issued, below a few lines for a reader
keys/XX/REST.txt                     which device a public key belongs to, by its SHA-256
revocations/AUTHORITY/SERIAL.txt     each revocation
revocation_lists/AUTHORITY/NUMBER.pem  each revocation list; the highest number is the one that counts
rollovers/AUTHORITY.txt              that every device was seen to trust this authority before it issued
retirements/AUTHORITY.txt            that no device was seen to depend on this authority any more
ocsp/AUTHORITY/SERIAL.pem            each certificate of a responder that signed OCSP responses beforehand
```

All but publication.txt are written once and never changed, and no two runs ever want the same name, so runs on several
machines merge without a conflict. Runs on one machine lock the files of .locks, which git does not get to see.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from ..errors import SiptlsError
from ..files import (
    NewFile,
    create_directory,
    create_file,
    exclusive,
    link_file,
    make_folder,
    replace_file,
    write_unflushed,
)
from .authority import LOCKS, Authority, StoredKey
from .certificates import describe_certificate, pem, read_certificates, serial_digits, serial_hex
from .keys import public_key_digits
from .lines import read_lines, write_lines, write_time
from .publication import NOWHERE, Publication
from .records import Record, parse_record, render_record
from .revocation import Revocation

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["PkiDirectory", "device_name", "file_name"]

_PLAIN = frozenset(string.ascii_letters + string.digits + "._-")
_PUBLICATION = "publication.txt"
_NOT_FOR_GIT = ".*.tmp\n/.locks/\n"


class PkiDirectory:
    """The directory, by the names of what is in it.

    :param path: where it is on the controller
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    # Authorities

    def authority(self, name: str) -> Authority:
        """The authority called ``name``.

        :raises SiptlsError: there is none, or its files cannot be read
        """
        authority = self.find_authority(name)
        if authority is None:
            present = ", ".join(self._names("authorities")) or "none"
            raise SiptlsError(
                f"there is no authority named {name!r}",
                where=str(self.path),
                expected=f"one of: {present}",
                remedy="make it with siptls.vos.authority first, or correct the name or the path of the PKI directory",
            )
        return authority

    def anchors(self, names: Iterable[str]) -> tuple[x509.Certificate, ...]:
        """The trust anchors of these authorities and what is below them, each certificate once.

        By the authorities' names, so that their order says nothing: nobody's bundle changes when one takes over from another.

        :raises SiptlsError: there is no such authority
        """
        authorities = [self.authority(name) for name in sorted(set(names))]
        return tuple(dict.fromkeys(certificate for one in authorities for certificate in one.trust_bundle))

    def find_authority(self, name: str) -> Authority | None:
        """The authority called ``name``, or None where there is none."""
        folder = self._authority_folder(name)
        if not folder.is_dir():
            return None
        own = read_certificates(self._read(folder / "certificate.pem"), where=str(folder / "certificate.pem"))
        above = self._read(folder / "chain.pem")
        chain = read_certificates(above, where=str(folder / "chain.pem")) if above.strip() else ()
        published = folder / _PUBLICATION
        publication = Publication.parse(self._read(published)) if published.is_file() else NOWHERE
        return Authority(name, folder, own[0], chain, publication)

    def add_authority(
        self,
        name: str,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
        key: StoredKey,
        publication: Publication = NOWHERE,
    ) -> Authority:
        """Records a new authority: all of it, or nothing.

        :raises FileExistsError: the name is taken
        """
        self._describe_to_git()
        folder = self._authority_folder(name)
        files = {
            "certificate.pem": NewFile((describe_certificate(certificate) + pem(certificate)).encode()),
            "chain.pem": NewFile(pem(*chain).encode()),
            key.name: key.file,
        }
        if publication.render():
            files[_PUBLICATION] = NewFile(publication.render())
        create_directory(folder, files)
        return Authority(name, folder, certificate, chain, publication)

    def making_authorities(self) -> AbstractContextManager[None]:
        """Whoever makes an authority does so alone."""
        return self.alone("authorities")

    def alone(self, at: str) -> AbstractContextManager[None]:
        """One process at a time works at this."""
        return exclusive(self.path / LOCKS / at)

    def publish_at(self, authority: Authority, publication: Publication) -> None:
        """Records where the authority publishes from now on."""
        replace_file(authority.folder / _PUBLICATION, NewFile(publication.render()))

    # Certificates

    def devices(self) -> list[str]:
        """The devices that have certificates on record, by their names."""
        return self._names("certificates")

    def records(self, device: str) -> tuple[Record, ...]:
        """The certificates of a device, in the order of their making.

        :raises SiptlsError: a record cannot be read
        """
        folder = self._device_folder(device)
        files = sorted(folder.glob("[!.]*.pem")) if folder.is_dir() else []
        found = (parse_record(device, path, self._read(path)) for path in files)
        return tuple(sorted(found, key=lambda record: (record.issued, record.path.name)))

    def all_records(self) -> Iterator[Record]:
        """The certificates of all devices.

        :raises SiptlsError: a record cannot be read
        """
        return (record for device in self.devices() for record in self.records(device))

    def find_record(self, serial: int) -> Record | None:
        """The certificate with this serial number, whoever got it; None where there is none on record."""
        name = f"{serial_digits(serial)}.pem"
        for device in self.devices():
            path = self._device_folder(device) / name
            if path.is_file():
                return parse_record(device, path, self._read(path))
        return None

    def record_certificate(
        self, device: str, profile: str, certificate: x509.Certificate, *, authority: str, issued: datetime
    ) -> Path:
        """Puts an issued certificate on record, durably, before anybody gets it.

        :returns: the file that records it; one that is there already stays as it is
        """
        path = self._record(device, certificate)
        with suppress(FileExistsError):
            create_file(path, NewFile(render_record(device, profile, authority, issued, certificate)))
        return path

    def stage_record(self, record: Record) -> str:
        """Writes a record under a name that nobody reads; it is certain after the file system was flushed.

        :returns: that name, which is to be renamed to ``record.path``
        """
        make_folder(record.path.parent, flush=False)
        staged = f"{record.path.parent}/.{record.path.name}.tmp"
        text = render_record(record.device, record.profile, record.authority, record.issued, record.certificate)
        write_unflushed(staged, NewFile(text))
        return staged

    def record_path(self, device: str, certificate: x509.Certificate) -> Path:
        """The file that records this certificate of this device, there or not."""
        return self._record(device, certificate)

    def has_record(self, device: str, certificate: x509.Certificate) -> bool:
        """Whether this certificate was recorded for this device."""
        return self._record(device, certificate).is_file()

    # Keys

    def key_owner(self, key: CertificatePublicKeyTypes) -> str | None:
        """The device whose key it is by :meth:`claim_key`; None where it is recorded for nobody."""
        path = self._key(key)
        return read_lines(self._read(path)).get("device", "") if path.is_file() else None

    def claim_key(self, device: str, key: CertificatePublicKeyTypes, staged: str = "") -> str | None:
        """Says for all times that this public key is that of ``device``; the first who says so is right.

        :param staged: a record that was staged for this device, which then stands for the claim as well, and is certain when the
            file system is flushed
        :returns: the device whose key it is already, if that is another one
        """
        path = self._key(key)
        line = write_lines({"device": device})
        try:
            if staged:
                link_file(staged, path)
            else:
                create_file(path, NewFile(line))
        except FileExistsError:
            owner = read_lines(self._read(path)).get("device", "")
            return None if write_lines({"device": owner}) == line else owner
        return None

    # Rollovers

    def trust_is_proven(self, authority: str) -> bool:
        """Whether every device was seen to trust this authority, which takes over from another."""
        return self._rollover(authority).is_file()

    def record_trust(self, authority: str, *, before: str, devices: int, now: datetime) -> bool:
        """Puts on record that every device was seen to trust ``authority``, which takes over from ``before``.

        :returns: whether that was put there now
        """
        lines = {"authority": authority, "takes over from": before, "proven": write_time(now), "devices": str(devices)}
        try:
            create_file(self._rollover(authority), NewFile(write_lines(lines)))
        except FileExistsError:
            return False
        return True

    def predecessor(self, authority: str) -> str:
        """The authority that this one takes over from, as it is on record; empty where nobody does."""
        path = self._rollover(authority)
        return read_lines(self._read(path)).get("takes over from", "") if path.is_file() else ""

    def successor(self, authority: str) -> str:
        """The authority that this one was retired for, as nobody depended on it any more; empty where it was not."""
        path = self._retirement(authority)
        return read_lines(self._read(path)).get("taken over by", "") if path.is_file() else ""

    def record_retirement(self, authority: str, *, after: str, devices: int, now: datetime) -> bool:
        """Puts on record that no device was seen to depend on ``authority`` any more, which ``after`` has taken over from.

        :returns: whether that was put there now
        """
        lines = {"authority": authority, "taken over by": after, "proven": write_time(now), "devices": str(devices)}
        try:
            create_file(self._retirement(authority), NewFile(write_lines(lines)))
        except FileExistsError:
            return False
        return True

    # Revocations

    def revoke(self, authority: str, revocation: Revocation) -> bool:
        """Puts a revocation on record, durably; one that is there already stays as it is.

        :returns: whether it was put there now
        """
        try:
            create_file(self._revocation(authority, revocation.serial), NewFile(revocation.render()))
        except FileExistsError:
            return False
        return True

    def revocation(self, authority: str, serial: int) -> Revocation | None:
        """The revocation of the certificate with this serial number of this authority; None where it is not revoked.

        :raises SiptlsError: its record cannot be read
        """
        path = self._revocation(authority, serial)
        return Revocation.parse(self._read(path), where=str(path)) if path.is_file() else None

    def revoking(self) -> list[str]:
        """The authorities that have revoked certificates, by their names."""
        return self._names("revocations")

    def revocations(self, authority: str) -> tuple[Revocation, ...]:
        """All revocations of an authority's certificates, the oldest first.

        :raises SiptlsError: a record cannot be read
        """
        folder = self.path / "revocations" / file_name(authority)
        files = folder.glob("[!.]*.txt") if folder.is_dir() else ()
        found = (Revocation.parse(self._read(path), where=str(path)) for path in files)
        return tuple(sorted(found, key=lambda item: (item.revoked, item.serial)))

    def record_responder(self, authority: Authority, certificate: x509.Certificate) -> None:
        """Puts the certificate of a responder on record, before anything that it signed is handed out."""
        path = self.path / "ocsp" / file_name(authority.name) / f"{serial_hex(certificate)}.pem"
        create_file(path, NewFile((describe_certificate(certificate) + "\n" + pem(certificate)).encode()))

    def has_responder(self, authority: Authority, certificate: x509.Certificate) -> bool:
        """Whether this certificate of a responder is recorded."""
        path = self.path / "ocsp" / file_name(authority.name) / f"{serial_hex(certificate)}.pem"
        return path.is_file() and certificate in read_certificates(self._read(path), where=str(path))

    # Names

    def _record(self, device: str, certificate: x509.Certificate) -> Path:
        return self._device_folder(device) / f"{serial_hex(certificate)}.pem"

    def _device_folder(self, device: str) -> Path:
        return self.path / "certificates" / file_name(device)

    def _authority_folder(self, name: str) -> Path:
        return self.path / "authorities" / file_name(name)

    def _revocation(self, authority: str, serial: int) -> Path:
        return self.path / "revocations" / file_name(authority) / f"{serial_digits(serial)}.txt"

    def _rollover(self, authority: str) -> Path:
        return self.path / "rollovers" / f"{file_name(authority)}.txt"

    def _retirement(self, authority: str) -> Path:
        return self.path / "retirements" / f"{file_name(authority)}.txt"

    def _key(self, key: CertificatePublicKeyTypes) -> Path:
        digest = hashlib.sha256(public_key_digits(key)).hexdigest()
        return self.path / "keys" / digest[:2] / f"{digest[2:]}.txt"

    def _names(self, kind: str) -> list[str]:
        folder = self.path / kind
        if not folder.is_dir():
            return []
        return sorted(device_name(entry.name) for entry in folder.iterdir() if not entry.name.startswith("."))

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
        """Keeps what a killed run may leave behind, and locks, out of git."""
        with suppress(FileExistsError):
            create_file(self.path / ".gitignore", NewFile(_NOT_FOR_GIT.encode()))


def file_name(name: str) -> str:
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


def device_name(name: str) -> str:
    """The name that :func:`file_name` made ``name`` from."""
    return unquote(name, errors="surrogateescape")
