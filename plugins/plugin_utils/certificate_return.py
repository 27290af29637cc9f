# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device's way back to the generation of its certificate before the one in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.x509.certificates import describe_certificate
from .certificate_place import Generation
from .certificate_plan import certificate_diff, certificate_facts, generation_before
from .certificate_task import CertificateTask

__all__ = ["CertificateReturn"]


@dataclass(frozen=True)
class CertificateReturn:
    """The way back of the device of a task."""

    task: CertificateTask

    def run(self, *, check_mode: bool, diff_mode: bool) -> dict[str, Any]:
        """What the task returns; unchanged where the device is back there already.

        :raises SiptlsError: there is no generation before, or it is not fit to be used
        """
        place, device = self.task.place, self.task.device
        found = place.look(device, generations=True)
        target = generation_before(found, where=f"{device.name}, {place.directory}")
        before = found.installed.certificate if found.installed else None
        facts = {"before": certificate_facts(before)} if before else {}
        if target is None:
            return {"changed": False, "generation": found.generation, **certificate_facts(before), **facts}
        self._refuse_unfit(target)
        if not check_mode:
            place.publish(device, target.name)
        result = {
            "changed": True,
            "reason": f"back from generation {found.generation}",
            "generation": target.name,
            **certificate_facts(target.certificate),
            **facts,
        }
        if diff_mode:
            path = f"{place.directory}/{place.certificate}"
            result["diff"] = certificate_diff(path, before, describe_certificate(target.certificate))
        return result

    def _refuse_unfit(self, target: Generation) -> None:
        revocation = self.task.holder.revocation(target.certificate)
        if revocation:
            what = "certificate" if revocation.serial == target.certificate.serial_number else "key"
            raise SiptlsError(
                f"the {what} of the generation before, {target.name}, was revoked",
                where=self.task.device.name,
                found=f"revoked {revocation.revoked:%F %T} UTC ({revocation.reason})",
                remedy="keep the one in use, or have a new one issued: siptls.vos.rotate, or {state} in a task",
                options={"state": "present"},
            )
        end = target.certificate.not_valid_after_utc
        if self.task.now >= end:
            raise SiptlsError(
                f"the certificate of the generation before, {target.name}, has expired",
                where=self.task.device.name,
                found=f"valid until {end:%F %T} UTC",
                remedy="have a new one issued: siptls.vos.rotate, or {state} in a task",
                options={"state": "present"},
            )
