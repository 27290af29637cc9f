# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch of device certificates: finding out what is to be done for each, and doing it for many at a time.

In each portion keys are certain on the disk before certificates are on record, and these before any device's folder changes.
Flushing is done once for a portion, not once for a file. A run that is interrupted anywhere leaves a staged key; the next run
finds the certificate that is on record for it and goes on from there, or makes one if there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ...files import flush_file_system
from ...timestamps import write_time
from ..store.certificate_record import Record
from ..x509.certificates import serial_hex
from ..x509.desired import DesiredCertificate
from ..x509.keys import describe_public_key, public_key_digits
from ..x509.requests import make_request
from .batch import BatchDevice
from .batch_folder import DeviceFolder, Outputs
from .issuer import Issuer
from .renewal import Installed, reason_to_issue

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Batch", "Todo", "batch_of"]

#: How many devices are worked on at a time; what is flushed at once.
PORTION = 1000


@dataclass(frozen=True)
class Todo:
    """What is to be done for a device.

    :ivar reason: why, in words
    :ivar issues: whether a new certificate is needed, or only files are missing around the one in use
    :ivar keeps_key: whether the key in use is certified again
    """

    device: BatchDevice
    reason: str
    issues: bool
    keeps_key: bool


@dataclass(frozen=True)
class Batch:
    """All that is the same for every device of a batch.

    :ivar base: the folder of the devices' folders
    :ivar revoked: serial numbers of what was revoked
    :ivar readmits: whether devices whose newest certificate was revoked get another
    """

    issuer: Issuer
    base: Path
    outputs: Outputs
    rekey: bool
    revoked: frozenset[int]
    readmits: bool
    now: datetime

    def plan(self, devices: Sequence[tuple[int, BatchDevice]], emit: Callable[[Any], None]) -> None:
        """Emits for each device its number, the reason to do something or nothing, whether to issue, and whether to keep the key.

        :raises SiptlsError: a device may get no certificate
        """
        for number, device in devices:
            todo = self._todo(device)
            emit([number, todo.reason, todo.issues, todo.keeps_key] if todo else [number, None, False, False])

    def _todo(self, device: BatchDevice) -> Todo | None:
        wanted = device.policy.from_issuer(self.issuer.authority)
        self.issuer.check(wanted.identity)
        folder = DeviceFolder(self.base, device.name)
        installed = folder.installed()
        burnt = installed is not None and self._is_revoked(device.name, installed.certificate)
        reason = "the certificate was revoked" if burnt else reason_to_issue(installed, wanted, self.now)
        if reason:
            self._refuse_revoked(device.name, None if burnt else installed)
            return Todo(device, reason, True, not self.rekey and not burnt and _has_key_of(installed, wanted))
        missing = folder.missing(self.outputs)
        return Todo(device, "missing: " + ", ".join(missing), False, True) if missing else None

    def _is_revoked(self, device: str, certificate: x509.Certificate) -> bool:
        """Whether this certificate, or another one of this device with the same key, was revoked."""
        if not self.revoked:
            return False
        return (
            certificate.serial_number in self.revoked
            or self.issuer.key_revocation(device, certificate.public_key()) is not None
        )

    def _refuse_revoked(self, device: str, installed: Installed | None) -> None:
        if self.revoked and not self.readmits:
            held = installed and installed.public_key == public_key_digits(installed.certificate.public_key())
            self.issuer.refuse_revoked(device, installed.certificate if installed and held else None, self.now)

    def work(self, todos: Sequence[Todo], emit: Callable[[Any], None]) -> None:
        """Does it, and emits for each device its name, serial number and end.

        :raises SiptlsError: the authority cannot sign
        """
        for at in range(0, len(todos), PORTION):
            self._portion(todos[at : at + PORTION], emit)

    def _portion(self, todos: Sequence[Todo], emit: Callable[[Any], None]) -> None:
        complete = [todo for todo in todos if not todo.issues]
        for todo in complete:
            DeviceFolder(self.base, todo.device.name).complete(self.outputs, todo.device.pkcs12_passphrase)
        begun = [self._begin(todo) for todo in todos if todo.issues]
        self._record(begun)
        for item in begun:
            if not item.is_whole:
                item.folder.stage(self.outputs, item.key, item.record.certificate, item.todo.device.pkcs12_passphrase)
        flush_file_system(self.base)
        for item in begun:
            (item.folder.adopt if item.is_whole else item.folder.switch)(item.record.certificate)
        flush_file_system(self.base)
        for todo in complete:
            emit([todo.device.name, None, None])
        for item in begun:
            certificate = item.record.certificate
            end = write_time(certificate.not_valid_after_utc)
            emit([item.todo.device.name, serial_hex(certificate), end])

    def _record(self, begun: Sequence[_Begun]) -> None:
        """Puts on record, durably, what is not yet; the keys are certain before that."""
        new = [item.record for item in begun if item.is_new]
        self.issuer.register.record_many(new, before=lambda: flush_file_system(self.base))

    def _begin(self, todo: Todo) -> _Begun:
        """A staged key and a certificate for it: those of an interrupted run where they will do."""
        name = todo.device.name
        folder = DeviceFolder(self.base, name)
        wanted = todo.device.policy.from_issuer(self.issuer.authority)
        for record in self._usable_records(name, wanted):
            for key, is_whole in ((folder.begun_key(), False), (folder.key_of(record.certificate), True)):
                if key and _is_of(key, record.certificate):
                    return _Begun(todo, folder, key, record, is_new=False, is_whole=is_whole)
        current = folder.current_key() if todo.keeps_key else None
        if current and self.issuer.key_revocation(name, current.public_key()):
            current = None
        key = current or wanted.key_type.generate()
        folder.begin(key)
        certificate = self.issuer.signer.certify(make_request(key), wanted, self.now)[0]
        path = self.issuer.register.record_path(name, serial_hex(certificate))
        record = Record(name, wanted.profile.name, self.issuer.authority.name, self.now, certificate, path)
        return _Begun(todo, folder, key, record, is_new=True)

    def _usable_records(self, name: str, wanted: DesiredCertificate) -> list[Record]:
        """The certificates on record for a device that might as well be issued now, the newest first."""
        found = []
        for record in reversed(self.issuer.register.records(name)):
            certificate = record.certificate
            installed = Installed(certificate, wanted.presented, public_key_digits(certificate.public_key()))
            if not self._is_revoked(name, certificate) and not reason_to_issue(installed, wanted, self.now):
                found.append(record)
        return found


@dataclass(frozen=True)
class _Begun:
    """A device whose certificate is on its way.

    :ivar is_new: whether the certificate is not on record yet
    :ivar is_whole: whether its generation is complete, and only not in use
    """

    todo: Todo
    folder: DeviceFolder
    key: CertificateIssuerPrivateKeyTypes
    record: Record
    is_new: bool
    is_whole: bool = False


def _is_of(key: CertificateIssuerPrivateKeyTypes, certificate: x509.Certificate) -> bool:
    return public_key_digits(key.public_key()) == public_key_digits(certificate.public_key())


def _has_key_of(installed: Installed | None, wanted: DesiredCertificate) -> bool:
    return installed is not None and describe_public_key(installed.certificate.public_key()) == wanted.key_type.name


def batch_of(
    issuer: Issuer,
    base: Path,
    outputs: Sequence[str],
    *,
    rekey: bool,
    readmits: bool,
    now: datetime,
) -> Batch:
    """A batch by this issuer."""
    authority, register = issuer.authority, issuer.register
    # Of whichever authority: one that takes over from another has revoked nobody yet
    revoked = frozenset(revocation.serial for name in register.revoking() for revocation in register.revocations(name))
    kinds = Outputs(tuple(outputs), authority.presented, authority.trust_bundle)
    return Batch(issuer, base, kinds, rekey, revoked, readmits, now)
