# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.certificate_revocation: puts on record that certificates count no more."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.store.certificate_record import Record
from ..module_utils.pki.store.revocation_record import REASONS, Revocation, parse_serial, revocable
from ..module_utils.pki.x509.identity import identity_of
from ..module_utils.serial_numbers import serial_digits
from ..module_utils.sip.aor import known_aors
from ..module_utils.timestamps import utc_now, write_time
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.operation import ROOT_FINGERPRINTS, Operation

#: By authority and serial number.
_Wanted: TypeAlias = dict[tuple[str, int], Revocation]


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "pki": {"type": "path"},
        "bao": BAO,
        "root_fingerprints": ROOT_FINGERPRINTS,
        "authority": {"type": "str"},
        "device": {"type": "str"},
        "serial_number": {"type": "str"},
        "on_record": {"type": "bool", "default": True},
        "reason": {"type": "str", "default": "unspecified", "choices": list(REASONS)},
    }
    RULES: ClassVar[dict[str, Any]] = {
        "mutually_exclusive": [["device", "serial_number"], ["pki", "bao"]],
        "required_one_of": [["device", "serial_number"], ["pki", "bao"]],
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Revokes what is not revoked yet."""
        self._register = self.register(arguments)
        # None: whichever has issued
        self._authority = self._register.authority(arguments["authority"]).name if arguments["authority"] else None
        self._now = utc_now().replace(microsecond=0)
        self._not_believed: list[str] = []
        self._aors: dict[int, list[str]] = {}
        device = arguments["device"]
        wanted = self._of_device(arguments) if device is not None else self._of_serial(arguments)
        new = {key: item for key, item in wanted.items() if not self._register.recorded_revocation(*key)}
        if not self.check_mode:
            new = {key: item for key, item in new.items() if self._register.revoke(key[0], item)}
        standing = [self._register.recorded_revocation(*key) or item for key, item in wanted.items()]
        result: dict[str, Any] = {"changed": bool(new), "revoked": [self._facts(item) for item in standing]}
        if new:
            named = ", ".join(serial_digits(serial) for _authority, serial in new)
            result["reason"] = f"not revoked before: {named}"
            result.update(self._difference(new))
        other = [item for item in standing if item.reason != arguments["reason"]]
        warnings = [*self._not_believed, *(_stands(item, arguments["reason"]) for item in other)]
        if warnings:
            result["warnings"] = warnings
        return result

    def _of_device(self, arguments: dict[str, Any]) -> _Wanted:
        """All certificates of the device that somebody could still use."""
        device = arguments["device"]
        # Whoever put a forged record there does not keep the others from being revoked
        records = self._register.recorded(device)
        self._not_believed = [str(record.as_error()) for record in records if record.problem]
        if not records:
            raise SiptlsError(
                "no certificate of this device is on record",
                where=f"{device}, {self._register.location}",
                remedy="correct the name or the path of the PKI directory; or revoke by serial_number",
            )
        authorities = {self._authority} if self._authority else {record.authority for record in records} - {""}
        usable = [record for name in sorted(authorities) for record in revocable(records, name, self._now)]
        if not usable:
            others = sorted({record.authority for record in records} - authorities - {""})
            if others and all(record.authority not in authorities for record in records):
                raise SiptlsError(
                    f"authority {self._authority or 'that is known'} has issued nothing to this device",
                    where=device,
                    found="certificates of " + ", ".join(others),
                    remedy="name the authority that issued them",
                )
        return dict(self._revocation(record, arguments["reason"]) for record in usable)

    def _of_serial(self, arguments: dict[str, Any]) -> _Wanted:
        serial = parse_serial(arguments["serial_number"])
        record = self._register.find_record(serial)
        if record is not None and self._authority and record.authority != self._authority:
            raise SiptlsError(
                "this certificate was issued by another authority",
                where=str(record.path),
                expected=self._authority,
                found=record.authority,
                remedy="name the authority that issued it",
            )
        if record is not None:
            return dict([self._revocation(record, arguments["reason"])])
        if arguments["on_record"] or not self._authority:
            raise SiptlsError(
                "no certificate with this serial number is recorded",
                where=self._register.location,
                found=serial_digits(serial),
                remedy="correct the serial number; for a certificate that a CA of this PKI issued elsewhere, use the module "
                "siptls.vos.certificate_revocation with authority and on_record=false",
            )
        return {(self._authority, serial): Revocation("", serial, arguments["reason"], self._now)}

    def _revocation(self, record: Record, reason: str) -> tuple[tuple[str, int], Revocation]:
        serial, end = record.certificate.serial_number, record.certificate.not_valid_after_utc
        self._aors[serial] = sorted(known_aors(identity_of(record.certificate).sip_uris))
        return (record.authority, serial), Revocation(record.device, serial, reason, self._now, end)

    def _difference(self, new: _Wanted) -> dict[str, Any]:
        if not self.diff_mode:
            return {}
        parts = []
        for name in sorted({authority for authority, _serial in new}):
            path = str(self._register.revocations_path(name))
            after = "\n".join(item.render().decode() for (authority, _serial), item in new.items() if authority == name)
            parts.append({"before": "", "after": after, "before_header": path, "after_header": path})
        return {"diff": parts}

    def _facts(self, item: Revocation) -> dict[str, Any]:
        return {
            "serial_number": serial_digits(item.serial),
            "device": item.device,
            "aors": self._aors.get(item.serial, []),
            "reason": item.reason,
            "revoked": write_time(item.revoked),
        }


def _stands(item: Revocation, asked: str) -> str:
    return (
        f"certificate {serial_digits(item.serial)} was revoked {item.revoked:%F %T} UTC as {item.reason}; "
        f"that stands, and {asked} is not recorded"
    )
