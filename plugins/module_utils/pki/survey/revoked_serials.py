# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The revocations of a register, read fast and one at a time, for telling the status of certificates."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..register import Register
from ..store.crl_files import RevocationList
from .status import Revoked

__all__ = ["RevokedSerials"]


class RevokedSerials:
    """Which certificates were revoked. All names are read at once; a text is read only for a certificate asked about.

    :param authorities: the names of those whose last CRL is compared with the records
    :ivar problems: what is missing or not believed, so that somebody may be revoked without being known as such
    """

    def __init__(self, register: Register, authorities: Iterable[str]) -> None:
        self._register = register
        self._crls: dict[str, RevocationList] = {}
        self.problems: list[SiptlsError] = []
        for name in authorities:
            self._read_crl(name)
        # After the CRLs: a run beside this one records first, and then makes the CRL
        self._by_authority = {
            name: register.revoked_serials(name) for name in sorted({*register.revoking(), *self._crls})
        }
        for name, crl in self._crls.items():
            self.problems += [
                register.missing_revocation(name, crl, serial)
                for serial in sorted(crl.serials)
                if serial_digits(serial) not in self._by_authority[name]
            ]
        self._find_missing_records()

    def _find_missing_records(self) -> None:
        """Without its record a revoked certificate is not a device's newest any more, and the one before may look good."""
        for name, serials in self._by_authority.items():
            for serial in sorted(serials):
                try:
                    revocation = self._register.recorded_revocation_of(name, serial)
                    device, digits = revocation.device, serial_digits(revocation.serial)
                    is_missing = device and not self._register.has_serial(device, digits)
                except SiptlsError:
                    # Such a record revokes, and says so where its certificate is looked at
                    continue
                if is_missing:
                    self.problems.append(self._register.missing_certificate(revocation))

    def _read_crl(self, name: str) -> None:
        try:
            crl = self._register.last_crl(name)
        except SiptlsError as error:
            self.problems.append(error)
        else:
            self._crls |= {name: crl} if crl else {}

    def find(self, authority: str, serial: int) -> Revoked | None:
        """The revocation of the certificate with this serial number of this authority; None where it is not revoked."""
        if serial_digits(serial) not in self._by_authority.get(authority, ()):
            crl = self._crls.get(authority)
            if crl and serial in crl.serials:
                return Revoked.somehow(self._register.missing_revocation(authority, crl, serial))
            return None
        try:
            record = self._register.recorded_revocation(authority, serial)
        except SiptlsError as error:
            return Revoked.somehow(error)
        return Revoked.by(record) if record else None

    def find_anywhere(self, serial: int) -> Revoked | None:
        """The revocation of a certificate whose authority is not known; None where no authority revoked this number."""
        return next((found for name in self._by_authority if (found := self.find(name, serial))), None)
