# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The revocations of a PKI directory, compared with the last CRL of their CA, which nobody can change without its key."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..text.lines import write_lines
from ..text.names import file_name
from .authorities import AuthorityFiles
from .crl_files import RevocationList, crl_file_name, current_crl, first_missing, missing_record
from .revocation_record import Revocation

__all__ = ["RevocationFiles"]


class RevocationFiles(AuthorityFiles):
    """The revocations of a PKI directory."""

    def revoke(self, authority: str, revocation: Revocation) -> bool:
        """Puts a revocation on record, durably; one that is there already stays as it is.

        :returns: whether it was put there now
        """
        try:
            self.files.create(self.revocation_path(authority, revocation.serial), revocation.render())
        except FileExistsError:
            return False
        return True

    def revocation(self, authority: str, serial: int) -> Revocation | None:
        """The revocation of the certificate with this serial number of this authority; None where it is not revoked.

        :raises SiptlsError: its record cannot be read, or it is missing although the last CRL revokes the certificate
        """
        # Before the record: a run beside this one records first, and then makes the CRL
        crl = self._last_crl(authority)
        path = self.revocation_path(authority, serial)
        if self.files.has(path):
            return self._parse(path)
        if crl and serial in crl.serials:
            raise missing_record(authority, crl, path)
        return None

    def recorded_revocation(self, authority: str, serial: int) -> Revocation | None:
        """The same by the records alone, whatever the last CRL says.

        :raises SiptlsError: its record cannot be read
        """
        path = self.revocation_path(authority, serial)
        return self._parse(path) if self.files.has(path) else None

    def revoked_serials(self, authority: str) -> frozenset[str]:
        """The serial numbers that an authority has revoked, in digits, by the names of the files; none is read."""
        names = self.files.names(self.path / "revocations" / file_name(authority), ".txt")
        return frozenset(name.removesuffix(".txt") for name in names)

    def recorded_revocation_of(self, authority: str, serial: str) -> Revocation:
        """The revocation with this serial number among :meth:`revoked_serials`.

        :raises SiptlsError: it cannot be read
        """
        return self._parse(self.path / "revocations" / file_name(authority) / f"{serial}.txt")

    def revoking(self) -> list[str]:
        """The authorities that may have revoked certificates, by their names."""
        return sorted({*self._names("revocations"), *self._names("revocation_lists")})

    def revocations(self, authority: str) -> tuple[Revocation, ...]:
        """All revocations of an authority's certificates, the oldest first.

        :raises SiptlsError: a record cannot be read, or one is missing although the last CRL revokes its certificate
        """
        crl = self._last_crl(authority)
        folder = self.path / "revocations" / file_name(authority)
        names = self.files.names(folder, ".txt")
        missing = first_missing(crl, {name.removesuffix(".txt") for name in names}) if crl else None
        if crl and missing:
            raise missing_record(authority, crl, folder / f"{missing}.txt")
        found = (self._parse(folder / name) for name in names)
        return tuple(sorted(found, key=lambda item: (item.revoked, item.serial)))

    def revocations_of(self, device: str) -> tuple[Revocation, ...]:
        """The revocations that name this device, whichever authority issued its certificates.

        :raises SiptlsError: a record cannot be read
        """
        line = write_lines({"device": device})
        folders = [self.path / "revocations" / file_name(name) for name in self._names("revocations")]
        paths = [folder / name for folder in folders for name in self.files.names(folder, ".txt")]
        return tuple(self._parse(path) for path in paths if line in self.files.read(path))

    def missing_revocation(self, authority: str, crl: RevocationList, serial: int) -> SiptlsError:
        """The error about the record of a revocation that is in the last CRL, which is gone."""
        return missing_record(authority, crl, self.revocation_path(authority, serial))

    def missing_certificate(self, revocation: Revocation) -> SiptlsError:
        """The error about the record of a certificate that was revoked, which is gone."""
        digits = serial_digits(revocation.serial)
        return SiptlsError(
            f"certificate {digits} of {revocation.device} was revoked, and its record is missing",
            where=str(self.path / "certificates" / file_name(revocation.device) / f"{digits}.pem"),
            expected="the record of every certificate that was revoked",
            found="no such file",
            remedy="restore it from git; or, if the device is to be trusted again, run once with {after_revocation}",
            options={"after_revocation": "issue"},
        )

    def last_crl(self, authority: str) -> RevocationList | None:
        """The last CRL of an authority, read anew; None where there is none, or where the authority is gone.

        :raises SiptlsError: it is not a CRL of this authority with the number in its name
        """
        found = self.trusted_authorities.get(authority)
        if found is None:
            # One that was retired and removed, or is not pinned any more: no certificate of it decides anything either
            return None
        return current_crl(self.files, self.path / "revocation_lists" / file_name(authority), found.certificate)

    def making_crl(self, authority: str) -> AbstractContextManager[None]:
        """Whoever makes a CRL of this authority does so alone."""
        return self.alone(f"revocation_list_{file_name(authority)}")

    def record_crl(self, authority: str, crl: RevocationList) -> None:
        """Puts a CRL on record, durably, before anybody gets it.

        :raises FileExistsError: its number is taken
        """
        path = self.path / "revocation_lists" / file_name(authority) / crl_file_name(crl.number)
        self.files.create(path, crl.pem.encode())

    def _last_crl(self, authority: str) -> RevocationList | None:
        """Read once: what a later CRL adds, a record added before."""
        if authority not in self._crls:
            self._crls[authority] = self.last_crl(authority)
        return self._crls[authority]

    @property
    def _crls(self) -> dict[str, RevocationList | None]:
        known: dict[str, RevocationList | None] = self.__dict__.setdefault("_known_crls", {})
        return known

    def revocations_path(self, authority: str) -> Path:
        """The folder with the revocations of this authority, there or not."""
        return self.path / "revocations" / file_name(authority)

    def revocation_path(self, authority: str, serial: int) -> Path:
        """The file that records the revocation of this certificate of this authority, there or not."""
        return self.path / "revocations" / file_name(authority) / f"{serial_digits(serial)}.txt"

    def _parse(self, path: Path) -> Revocation:
        found = Revocation.parse(self.files.read(path), where=str(path))
        if serial_digits(found.serial) != path.stem:
            raise SiptlsError(
                "this revocation record is not about the certificate that its file name says",
                where=str(path),
                expected=f"serial: {path.stem}",
                found=f"serial: {serial_digits(found.serial)}",
                remedy="restore the file from git; both certificates may have been revoked",
            )
        return found
