# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proofs of CA rollovers in a PKI directory, compared with its records of certificates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..text.lines import read_lines
from ..text.names import device_name, file_name
from ..text.reader import PROOF_LIMIT
from ..x509.certificates import BACKDATED, serial_hex
from .certificate_record import Record
from .certificate_records import CertificateFiles
from .revocation_records import RevocationFiles
from .rollover_proof import Proof, unproven

__all__ = ["RolloverFiles"]

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


class RolloverFiles(RevocationFiles, CertificateFiles):
    """The proofs of CA rollovers in a PKI directory."""

    def trust_proof(self, authority: str, *, now: datetime, thorough: bool = False) -> Proof | None:
        """The proof that every device trusts ``authority``, which takes over from another; None where there is none.

        :param thorough: whether to read the record of every certificate in it too
        :raises SiptlsError: there is a file that proves nothing
        """
        path = self._rollover(authority)
        proof = self._proof(path, authority, "predecessor", now)
        if proof is not None:
            self._compare(proof, proof.other, path, now)
            if thorough:
                self._compare_all(proof, None, path)
        return proof

    def retirement_proof(
        self, authority: str, *, now: datetime, beside: Iterable[str] = (), thorough: bool = False
    ) -> Proof | None:
        """The proof that no device depends on ``authority`` any more; None where there is none.

        :param beside: the CAs whose certificates devices may have, beside those of the successor
        :param thorough: whether to read the record of every certificate in it too
        :raises SiptlsError: there is a file that proves nothing
        """
        path = self._retirement(authority)
        proof = self._proof(path, authority, "successor", now)
        if proof is not None:
            self._compare(proof, authority, path, now)
            if thorough:
                self._compare_all(proof, {proof.other, *beside}, path)
        return proof

    def record_trust(self, authority: str, *, before: str, seen: Mapping[str, str], now: datetime) -> bool:
        """Puts on record that every device was seen to trust ``authority``, which takes over from ``before``.

        :param seen: by device, the serial number of its certificate
        :returns: whether that was put there now
        :raises SiptlsError: one of these certificates is not on record
        """
        proof = Proof(authority, "predecessor", before, now, *self._facts(seen, before, now))
        self._compare_all(proof, None, self._rollover(authority))
        return self._write(self._rollover(authority), proof)

    def record_retirement(
        self, authority: str, *, after: str, seen: Mapping[str, str], now: datetime, beside: Iterable[str] = ()
    ) -> bool:
        """Puts on record that no device was seen to depend on ``authority`` any more, which ``after`` has taken over from.

        :param seen: by device, the serial number of its certificate
        :param beside: the CAs whose certificates devices may have, beside those of ``after``
        :returns: whether that was put there now
        :raises SiptlsError: one of these certificates is not on record, or was issued by another CA
        """
        proof = Proof(authority, "successor", after, now, *self._facts(seen, authority, now))
        self._compare_all(proof, {after, *beside}, self._retirement(authority))
        return self._write(self._retirement(authority), proof)

    def trust_path(self, authority: str) -> Path:
        """The file with the proof that every device trusts this authority, there or not."""
        return self._rollover(authority)

    def retirement_path(self, authority: str) -> Path:
        """The file with the proof that no device depends on this authority any more, there or not."""
        return self._retirement(authority)

    def predecessor(self, authority: str) -> str:
        """The authority that this one takes over from, as a file names it; empty where none does. It permits nothing."""
        return self._named(self._rollover(authority), "predecessor", "takes over from")

    def successor(self, authority: str) -> str:
        """The authority that this one was retired for, as a file names it; empty where none does. It permits nothing."""
        return self._named(self._retirement(authority), "successor", "taken over by")

    def refuse_missing_record(self, device: str, records: Iterable[Record]) -> None:
        """Makes sure that no revoked certificate lacks its record, or its revocation: either would hide that a device was revoked.

        Not of this device alone: whose certificate was revoked is a line of text that can be changed to name another device.

        :param records: of this device
        :raises SiptlsError: one does
        """
        if not self._is_complete:
            self._refuse_incomplete()
            self._is_complete = True
        present = {record.certificate.serial_number for record in records}
        for found in self.revocations_of(device):
            if found.serial not in present:
                raise self.missing_certificate(found)

    #: Whether that was found out already: a batch asks for each of its devices.
    _is_complete = False

    def _refuse_incomplete(self) -> None:
        for name in self.revoking():
            for found in self.revocations(name):
                folder = self.path / "certificates" / file_name(found.device)
                if found.device and not self.files.has(folder / f"{serial_digits(found.serial)}.pem"):
                    raise self.missing_certificate(found)

    def _named(self, path: Path, role: str, of_old: str) -> str:
        if not self.files.has(path):
            return ""
        lines = read_lines(self.files.read(path, PROOF_LIMIT))
        name = lines.get(role) or lines.get(of_old, "")
        if not _NAME.fullmatch(name):
            raise unproven(str(path), f"it names no {role}")
        return name

    def _proof(self, path: Path, authority: str, role: str, now: datetime) -> Proof | None:
        if not self.files.has(path):
            return None
        text = self.files.read(path, PROOF_LIMIT)
        return Proof.parse(text, authority=authority, role=role, now=now, where=str(path))

    def _facts(self, seen: Mapping[str, str], old: str, now: datetime) -> tuple[dict[str, str], frozenset[str]]:
        """What was seen, by folder; and the folders of the other devices that have a valid certificate of ``old``."""
        folders = {file_name(device): serial for device, serial in seen.items()}
        others = frozenset(self.files.names(self.path / "certificates")) - folders.keys()
        return folders, frozenset(name for name in others if self._has_valid(name, old, None, now))

    def _write(self, path: Path, proof: Proof) -> bool:
        try:
            self.files.create(path, proof.render())
        except FileExistsError:
            return False
        return True

    def _compare(self, proof: Proof, old: str, path: Path, now: datetime) -> None:
        """Compares a proof with the folders of the devices, and the records of those that are not in it.

        :raises SiptlsError: it names a device that is not on record, or leaves out one with a valid certificate
        """
        folders = frozenset(self.files.names(self.path / "certificates"))
        gone = min(proof.seen.keys() - folders, default="")
        if gone:
            raise unproven(str(path), f"it names {device_name(gone)}, which has no record in certificates/")
        left_out = folders - proof.seen.keys() - proof.not_asked
        missing = next((name for name in sorted(left_out) if self._has_valid(name, old, proof.proven, now)), None)
        if missing:
            raise unproven(str(path), f"{device_name(missing)} has a valid certificate of {old}, and is not in it")

    def _compare_all(self, proof: Proof, issuers: Collection[str] | None, path: Path) -> None:
        """Reads the record of every certificate in a proof.

        :param issuers: the CAs that may have issued them; None for any of this directory
        :raises SiptlsError: one is not on record, or was issued by another
        """
        for folder, serial in proof.seen.items():
            device = device_name(folder)
            found = [one for one in self.records(device) if serial_hex(one.certificate) == serial]
            if not found:
                raise unproven(str(path), f"certificate {serial} of {device} is not on record")
            issuer = found[0].authority
            if not issuer or (issuers is not None and issuer not in issuers):
                words = f"certificate {serial} of {device} was issued by {issuer or 'an unknown CA'}"
                raise unproven(str(path), words)

    def _has_valid(self, folder: str, authority: str, until: datetime | None, now: datetime) -> bool:
        """Whether a device has a certificate of this authority that neither expired nor was revoked.

        :param until: issued before this, where given: a device that came later got certificate and anchors together
        """
        return any(
            record.authority == authority
            and record.certificate.not_valid_after_utc > now
            and (until is None or record.certificate.not_valid_before_utc + BACKDATED < until)
            and self.revocation(authority, record.certificate.serial_number) is None
            for record in self._readable(device_name(folder))
        )

    def _readable(self, device: str) -> tuple[Record, ...]:
        try:
            return self.records(device)
        except SiptlsError:
            # A record that cannot be read says so where its device is worked on
            return ()

    def _rollover(self, authority: str) -> Path:
        return self.path / "rollovers" / f"{file_name(authority)}.txt"

    def _retirement(self, authority: str) -> Path:
        return self.path / "retirements" / f"{file_name(authority)}.txt"
