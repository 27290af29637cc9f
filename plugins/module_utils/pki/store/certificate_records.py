# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of certificates in a PKI directory. Who issued one is told by its signature, and whose it is by its key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ...errors import SiptlsError
from ...file_errors import writing
from ...files import NewFile, flush_file_system, link_file, make_folder, write_unflushed
from ...serial_numbers import serial_digits
from ..authority.authority import Authority
from ..text.lines import read_lines, write_lines
from ..text.names import file_name
from ..x509.certificates import describe_certificate, pem, read_certificates, serial_hex
from ..x509.keys import public_key_digits
from .authorities import AuthorityFiles
from .certificate_record import Record, another_devices_key, in_order, ownership_problem, parse_record, render_record

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["CertificateFiles"]


class CertificateFiles(AuthorityFiles):
    """The records of certificates, and whose key is whose."""

    def devices(self) -> list[str]:
        """The devices that have certificates on record, by their names."""
        return self._names("certificates")

    def records(self, device: str) -> tuple[Record, ...]:
        """The certificates of a device, in the order of their making, each with what its signature and its key say.

        :raises SiptlsError: a record cannot be read, or the newest is not believed, so that nobody can tell which one counts
        """
        found = self.recorded(device)
        if found and found[-1].problem:
            raise found[-1].as_error()
        return found

    def recorded(self, device: str) -> tuple[Record, ...]:
        """The same, with the newest whether or not it is believed.

        :raises SiptlsError: a record cannot be read
        """
        folder = self._device_folder(device)
        names = self.files.names(folder, ".pem")
        return in_order(
            self.believed(parse_record(device, folder / name, self.files.read(folder / name))) for name in names
        )

    def all_records(self) -> Iterator[Record]:
        """The certificates of all devices. A device that was left behind by a CA rollover stops nobody: its records tell no authority.

        :raises SiptlsError: a record cannot be read, or the newest of a device is not believed, and no CA that was replaced issued it
        """
        for device in self.devices():
            found = self.recorded(device)
            if found and found[-1].problem and not found[-1].distrusted:
                raise found[-1].as_error()
            yield from found

    def find_record(self, serial: int) -> Record | None:
        """The certificate with this serial number, whoever got it; None where there is none on record.

        :raises SiptlsError: its record cannot be read, or is not believed
        """
        name = f"{serial_digits(serial)}.pem"
        for device in self.devices():
            path = self._device_folder(device) / name
            if self.files.has(path):
                record = self.believed(parse_record(device, path, self.files.read(path)))
                if record.problem:
                    raise record.as_error()
                return record
        return None

    def believed(self, record: Record) -> Record:
        """A record with the name of the CA that signed the certificate, whatever its header says, and what is wrong with it."""
        issuer = self.issuer_of(record.certificate, likely=record.authority)
        distrusted, why = ("", "") if issuer else self.distrusted_issuer_of(record.certificate)
        problem = why or self.problem_of(record, issuer)
        return replace(record, authority=issuer.name if issuer else "", problem=problem, distrusted=distrusted)

    def problem_of(self, record: Record, issuer: Authority | None) -> str:
        """Why a record is not believed, in words; empty where it is.

        :param issuer: the CA that signed its certificate; None where none here did
        """
        certificate = record.certificate
        try:
            return ownership_problem(
                record,
                lambda: self.key_owner(certificate.public_key()),
                issuer,
                lambda other: self.files.has(self._record(other, certificate)),
            )
        except SiptlsError as error:
            return str(error)

    def record_certificate(
        self,
        device: str,
        profile: str,
        certificate: x509.Certificate,
        *,
        authority: str,
        issued: datetime,
        reason: str = "",
    ) -> Path:
        """Puts an issued certificate on record, durably, before anybody gets it.

        :param reason: :data:`.records.FORCED` where no certificate was due; empty otherwise
        :returns: the file that records it; one that is there already stays as it is
        """
        path = self._record(device, certificate)
        with suppress(FileExistsError):
            self.files.create(path, render_record(device, profile, authority, issued, certificate, reason))
        return path

    def record_many(self, records: Sequence[Record], *, before: Callable[[], None]) -> None:
        """Puts certificates on record, and their keys, durably, flushing once and not once for each.

        :param before: is called when all keys are claimed, and before any certificate is on record
        :raises SiptlsError: a key is another device's
        """
        staged = [
            (self._stage_record(record), self.record_path(record.device, serial_hex(record.certificate)))
            for record in records
        ]
        before()
        flush_file_system(self.path)
        for temporary, path in staged:
            with writing(path):
                temporary.rename(path)
        flush_file_system(self.path)

    def _stage_record(self, record: Record) -> Path:
        """Writes a record under a name that nobody reads, and claims its key; both are certain after the file system was flushed."""
        path = self.files.writable(self.record_path(record.device, serial_hex(record.certificate)))
        make_folder(path.parent, flush=False)
        staged = path.with_name(f".{path.name}.tmp")
        text = render_record(record.device, record.profile, record.authority, record.issued, record.certificate)
        write_unflushed(str(self.files.writable(staged)), NewFile(text))
        owner = self.claim_key(record.device, record.certificate.public_key(), str(staged))
        if owner is not None:
            raise another_devices_key(record.device, owner)
        return staged

    def record_path(self, device: str, serial: str) -> Path:
        """The file that records the certificate of this device with this serial number, in digits; there or not."""
        return self._device_folder(device) / f"{serial}.pem"

    def records_path(self, device: str) -> Path:
        """The folder with the records of this device, there or not."""
        return self._device_folder(device)

    def record_serials(self, device: str) -> list[str]:
        """The serial numbers of a device's records, in digits, by the names of the files; none is read.

        :raises SiptlsError: the folder cannot be read
        """
        return [name.removesuffix(".pem") for name in self.files.names(self._device_folder(device), ".pem")]

    def has_serial(self, device: str, serial: str) -> bool:
        """Whether there is a record of this device with this serial number, in digits. It is not read."""
        return self.files.has(self.record_path(device, serial))

    def read_record(self, device: str, serial: str) -> Record:
        """The record of this device with this serial number, in digits, as it stands: nothing in it is verified.

        :raises SiptlsError: it cannot be read
        """
        path = self.record_path(device, serial)
        return parse_record(device, path, self.files.read(path))

    def has_record(self, device: str, certificate: x509.Certificate) -> bool:
        """Whether this certificate was recorded for this device.

        :raises SiptlsError: there is a file of its name that is not its record
        """
        path = self._record(device, certificate)
        if not self.files.has(path):
            return False
        if parse_record(device, path, self.files.read(path)).certificate != certificate:
            raise SiptlsError(
                "this record holds another certificate than the device, with the same serial number",
                where=str(path),
                remedy="restore the file from git",
            )
        return True

    def record_responder(self, authority: Authority, certificate: x509.Certificate) -> None:
        """Puts the certificate of a responder on record, before anything that it signed is handed out."""
        path = self.path / "ocsp" / file_name(authority.name) / f"{serial_hex(certificate)}.pem"
        text = describe_certificate(certificate) + "\n" + pem(certificate)
        self.files.create(path, text.encode())

    def has_responder(self, authority: Authority, certificate: x509.Certificate) -> bool:
        """Whether this certificate of a responder is recorded."""
        path = self.path / "ocsp" / file_name(authority.name) / f"{serial_hex(certificate)}.pem"
        return self.files.has(path) and certificate in read_certificates(self.files.read(path), where=str(path))

    # Keys

    def claim_key(self, device: str, key: CertificatePublicKeyTypes, staged: str = "") -> str | None:
        """Says for all times that this public key is that of ``device``; the first who says so is right.

        :param staged: a record that was staged for this device, which then stands for the claim as well, and is certain when the
            file system is flushed
        :returns: the device whose key it is already, if that is another one
        """
        path = self.files.writable(self._key(key))
        line = write_lines({"device": device})
        try:
            if staged:
                link_file(staged, path)
            else:
                self.files.create(path, line)
        except FileExistsError:
            owner = self.key_owner(key) or ""
            return None if write_lines({"device": owner}) == line else owner
        return None

    def key_owner(self, key: CertificatePublicKeyTypes) -> str | None:
        """The device whose key this is; None where nobody has claimed it.

        :raises SiptlsError: the claim cannot be read
        """
        path = self._key(key)
        return read_lines(self.files.read(path)).get("device", "") if self.files.has(path) else None

    # Names

    def _record(self, device: str, certificate: x509.Certificate) -> Path:
        return self._device_folder(device) / f"{serial_hex(certificate)}.pem"

    def _device_folder(self, device: str) -> Path:
        return self.path / "certificates" / file_name(device)

    def _key(self, key: CertificatePublicKeyTypes) -> Path:
        digest = hashlib.sha256(public_key_digits(key)).hexdigest()
        return self.path / "keys" / digest[:2] / f"{digest[2:]}.txt"
