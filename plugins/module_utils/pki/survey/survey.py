# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of the devices of a PKI directory, read fast: one certificate for each device where that will do.

Nothing is kept from one look to the next. What cannot be read hides nothing else: it is itself what is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePath

from ...errors import SiptlsError
from ..register import Register
from ..store.certificate_record import Record
from ..x509.certificates import BACKDATED, Lifetime, serial_hex
from ..x509.identity import identity_of
from .authorities import FoundAuthority, assess_authorities, read_authorities
from .revoked_serials import RevokedSerials
from .status import REVOKED, UNKNOWN, Above, Revoked, Standing, standing_of, unknown_issuer

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass
else:
    _UNREADABLE = (
        ValueError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    )

__all__ = ["RecordedCertificate", "Survey", "by_itself"]

#: What cannot be read may be the newest.
_CANNOT_TELL = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class RecordedCertificate:
    """A certificate, and its status.

    :ivar path: the place in the register of what records it; None where it is not on record
    :ivar record: None where it cannot be read
    :ivar issuer: the authority here that issued it; None where there is none
    :ivar revoked: that this certificate was
    """

    device: str
    standing: Standing
    path: PurePath | None
    record: Record | None = None
    issuer: FoundAuthority | None = None
    revoked: Revoked | None = None

    @property
    def authority(self) -> str:
        """The name in the PKI directory of the authority that issued it, or else of the one that its record names."""
        if self.issuer:
            return self.issuer.name
        return self.record.authority if self.record else ""


class Survey:
    """A read-only check of all that is in a register.

    :param renew_before: how long before its end a certificate is replaced
    :param now: the time to tell it for, UTC
    :param verify: whether to read every part of every certificate; what decides is verified in any case
    :ivar problems: what is missing or not believed of CRLs and revocations, for a run that has to stop
    :ivar authorities: those that can be read, by their names
    :ivar unreadable: by name, the others
    :raises SiptlsError: there is no register
    """

    def __init__(self, register: Register, *, renew_before: timedelta, now: datetime, verify: bool = False) -> None:
        register.check_exists()
        self._register = register
        self._renew_before = renew_before
        self._now = now
        self._verify = verify
        authorities, self.unreadable = read_authorities(register)
        self._revoked = RevokedSerials(register, [one.name for one in authorities])
        self.problems: tuple[SiptlsError, ...] = tuple(self._revoked.problems)
        self.authorities = assess_authorities(authorities, self._revoked, self._standing)

    def devices(self) -> list[str]:
        """All that have a folder for certificates, by their names. It may be empty."""
        return self._register.devices()

    def newest(self, device: str) -> RecordedCertificate | None:
        """The certificate that a device got last, by what certificates say of their beginning; None where none is on record.

        One that cannot be read or is not believed may be the last, and so it is what is told.
        """
        return next(self._look(device, newest=True), None)

    def every(self, device: str) -> Iterator[RecordedCertificate]:
        """All certificates of a device, in the order of their making."""
        return self._look(device)

    def look_up(self, certificate: x509.Certificate, *, first: str = "") -> RecordedCertificate:
        """The status of a certificate from anywhere; with what its record says, where it is on record.

        :param first: the device that most probably got it
        """
        serial = serial_hex(certificate)
        for device in self._devices_from(first):
            found = self.recorded(device, serial) if self._register.has_serial(device, serial) else None
            if found and found.record and found.record.certificate == certificate:
                return found
        return replace(self._assessed(_not_recorded(certificate)), path=None)

    def holders(self) -> dict[str, str]:
        """Who got which certificate: the devices by serial number, in digits. No record is read."""
        return {serial: device for device in self.devices() for serial in self._register.record_serials(device)}

    def recorded(self, device: str, serial: str) -> RecordedCertificate:
        """The certificate of a device with this serial number, which is on record."""
        one = self._read(device, serial)
        return one if isinstance(one, RecordedCertificate) else self._assessed(one)

    def _devices_from(self, first: str) -> Iterator[str]:
        """All devices, this one in front; the others are listed only where it comes to that."""
        if first:
            yield first
        yield from (device for device in self.devices() if device != first)

    def _look(self, device: str, *, newest: bool = False) -> Iterator[RecordedCertificate]:
        try:
            serials = self._register.record_serials(device)
        except SiptlsError as error:
            yield RecordedCertificate(device, Standing(UNKNOWN, str(error)), self._register.records_path(device))
            return
        read = sorted((self._read(device, serial) for serial in serials), key=_order)
        for one in read[-1:] if newest else read:
            yield one if isinstance(one, RecordedCertificate) else self._assessed(one)

    def _read(self, device: str, serial: str) -> Record | RecordedCertificate:
        """The record; or that it cannot be read."""
        try:
            return self._register.read_record(device, serial)
        except SiptlsError as error:
            return RecordedCertificate(
                device, Standing(UNKNOWN, str(error)), self._register.record_path(device, serial)
            )
        except _UNREADABLE as error:
            return _unreadable(device, self._register.record_path(device, serial), error)

    def _assessed(self, record: Record) -> RecordedCertificate:
        try:
            return self._assess(record)
        except _UNREADABLE as error:
            return _unreadable(record.device, record.path, error)

    def _assess(self, record: Record) -> RecordedCertificate:
        certificate = record.certificate
        if self._verify:
            certificate.public_key()
            identity_of(certificate)
        issuer = self._issuer(record)
        problem = self._register.problem_of(record, issuer.authority if issuer else None) if record.device else ""
        if issuer:
            revoked = self._revoked.find(issuer.name, certificate.serial_number)
        else:
            # Of a record whose authority is gone the header alone knows the authority: any that revoked this number counts
            revoked = self._revoked.find_anywhere(certificate.serial_number) if record.device else None
        if issuer and problem:
            standing = Standing(UNKNOWN, str(replace(record, problem=problem).as_error()))
        elif issuer:
            standing = self._standing(certificate, issuer.above, revoked)
        elif revoked:
            standing = Standing(REVOKED, revoked.words)
        elif record.authority in self.unreadable:
            standing = Standing(UNKNOWN, f"its authority: {self.unreadable[record.authority].reason}")
        elif problem:
            standing = Standing(
                UNKNOWN, f"{unknown_issuer(certificate.issuer.rfc4514_string()).reason} ({record.path})"
            )
        else:
            standing = unknown_issuer(certificate.issuer.rfc4514_string())
        return RecordedCertificate(record.device, standing, record.path, record, issuer, revoked)

    def _issuer(self, record: Record) -> FoundAuthority | None:
        """The one that the record names is the first to look at; what the certificate says counts."""
        candidates = sorted(self.authorities, key=lambda one: one.name != record.authority)
        return next((one for one in candidates if one.issued(record.certificate)), None)

    def _standing(self, certificate: x509.Certificate, above: Above, revoked: Revoked | None) -> Standing:
        valid = Lifetime(certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        return standing_of(valid, above, revoked, renew_before=self._renew_before, now=self._now)


def by_itself(
    certificate: x509.Certificate, above: Sequence[x509.Certificate], *, renew_before: timedelta, now: datetime
) -> RecordedCertificate:
    """The status of a certificate that no PKI directory tells anything about: only its lifetime is known.

    :param above: what is known of its chain, which it cannot outlive
    """
    end = certificate.not_valid_after_utc
    standing = standing_of(
        Lifetime(certificate.not_valid_before_utc, end),
        Above("", min((one.not_valid_after_utc for one in above), default=end)),
        None,
        renew_before=renew_before,
        now=now,
    )
    return RecordedCertificate("", standing, None, _not_recorded(certificate))


def _not_recorded(certificate: x509.Certificate) -> Record:
    return Record("", "", "", certificate.not_valid_before_utc + BACKDATED, certificate, PurePath())


def _order(one: Record | RecordedCertificate) -> tuple[datetime, datetime, str]:
    """As records.in_order; what cannot be read comes last, since nobody can tell that it is not the newest."""
    if isinstance(one, RecordedCertificate):
        return _CANNOT_TELL, _CANNOT_TELL, str(one.path)
    return one.certificate.not_valid_before_utc, one.issued, one.path.name


def _unreadable(device: str, path: PurePath, error: Exception) -> RecordedCertificate:
    words = SiptlsError(
        "the certificate in this record cannot be read",
        where=str(path),
        found=str(error),
        remedy="restore the file from git",
    )
    return RecordedCertificate(device, Standing(UNKNOWN, str(words)), path)
