# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.certificate_revocation: puts on record that certificates count no more."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.certificates import serial_digits, utc_now
from ..module_utils.pki.directory import PkiDirectory
from ..module_utils.pki.lines import write_time
from ..module_utils.pki.records import Record
from ..module_utils.pki.revocation import REASONS, Revocation, parse_serial, revocable
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "pki": {"type": "path", "required": True},
        "authority": {"type": "str", "required": True},
        "device": {"type": "str"},
        "serial_number": {"type": "str"},
        "on_record": {"type": "bool", "default": True},
        "reason": {"type": "str", "default": "unspecified", "choices": list(REASONS)},
    }
    RULES: ClassVar[dict[str, Any]] = {
        "mutually_exclusive": [["device", "serial_number"]],
        "required_one_of": [["device", "serial_number"]],
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Revokes what is not revoked yet."""
        self._directory = PkiDirectory(self.controller_path(arguments["pki"]))
        self._authority = self._directory.authority(arguments["authority"]).name
        self._now = utc_now().replace(microsecond=0)
        device = arguments["device"]
        wanted = self._of_device(arguments) if device is not None else self._of_serial(arguments)
        present = {item.serial: item for item in self._directory.revocations(self._authority)}
        new = [item for item in wanted if item.serial not in present]
        if not self.check_mode:
            new = [item for item in new if self._directory.revoke(self._authority, item)]
        standing = [present.get(item.serial, item) for item in wanted]
        result: dict[str, Any] = {"changed": bool(new), "revoked": [_facts(item) for item in standing]}
        if new:
            named = ", ".join(serial_digits(item.serial) for item in new)
            result["reason"] = f"not revoked before: {named}"
            result.update(self._difference(new))
        other = [item for item in standing if item.reason != arguments["reason"]]
        if other:
            result["warnings"] = [_stands(item, arguments["reason"]) for item in other]
        return result

    def _of_device(self, arguments: dict[str, Any]) -> list[Revocation]:
        """All certificates of the device that somebody could still use."""
        device = arguments["device"]
        records = self._directory.records(device)
        if not records:
            raise SiptlsError(
                "no certificate of this device is on record",
                where=f"{device}, {self._directory.path}",
                remedy="correct the name or the path of the PKI directory; or revoke by serial_number",
            )
        usable = revocable(records, self._authority, self._now)
        if not usable:
            others = sorted({record.authority for record in records} - {self._authority})
            if others and all(record.authority != self._authority for record in records):
                raise SiptlsError(
                    f"authority {self._authority} has issued nothing to this device",
                    where=device,
                    found="certificates of " + ", ".join(others),
                    remedy="name the authority that issued them",
                )
        return [self._revocation(record, arguments["reason"]) for record in usable]

    def _of_serial(self, arguments: dict[str, Any]) -> list[Revocation]:
        serial = parse_serial(arguments["serial_number"])
        record = self._directory.find_record(serial)
        if record is not None and record.authority != self._authority:
            raise SiptlsError(
                "this certificate was issued by another authority",
                where=str(record.path),
                expected=self._authority,
                found=record.authority,
                remedy="name the authority that issued it",
            )
        if record is not None:
            return [self._revocation(record, arguments["reason"])]
        if arguments["on_record"]:
            raise SiptlsError(
                "no certificate with this serial number is on record",
                where=str(self._directory.path),
                found=serial_digits(serial),
                remedy="correct the number; or, for a certificate that the authority issued elsewhere, say on_record: false",
            )
        return [Revocation("", serial, arguments["reason"], self._now)]

    def _revocation(self, record: Record, reason: str) -> Revocation:
        certificate = record.certificate
        return Revocation(record.device, certificate.serial_number, reason, self._now, certificate.not_valid_after_utc)

    def _difference(self, new: list[Revocation]) -> dict[str, Any]:
        if not self.diff_mode:
            return {}
        path = str(self._directory.path / "revocations" / self._authority)
        after = "\n".join(item.render().decode() for item in new)
        return {"diff": {"before": "", "after": after, "before_header": path, "after_header": path}}


def _facts(item: Revocation) -> dict[str, str]:
    return {
        "serial_number": serial_digits(item.serial),
        "device": item.device,
        "reason": item.reason,
        "revoked": write_time(item.revoked),
    }


def _stands(item: Revocation, asked: str) -> str:
    return (
        f"certificate {serial_digits(item.serial)} was revoked {item.revoked:%F %T} UTC as {item.reason}; "
        f"that stands, and {asked} is not recorded"
    )
