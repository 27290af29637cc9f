# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at a device, for all that a playbook wants to know of it, in one round trip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..module_utils.configuration.desired import Configuration
from ..module_utils.errors import SiptlsError
from .answer import Answer, answered
from .certificate_task import CERTIFICATE, CertificateTask
from .configuration_place import ConfigurationPlace
from .configuration_task import FILES, ConfigurationTask
from .device import Call, Device
from .operation import Operation
from .preflight import PREFLIGHT, preflight_call, refuse_lacking

__all__ = ["Aims", "Outlook"]


@dataclass(frozen=True)
class Outlook:
    """What a run would do to a device, by what was seen of it; as the tasks would return it in check mode.

    :ivar certificate: of siptls.vos.device_certificate; empty where that was not asked for
    :ivar second: the same for a second certificate
    :ivar configuration: of siptls.vos.device_files; empty where that was not asked for
    """

    certificate: Mapping[str, Any] = field(default_factory=dict)
    second: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reasons(self) -> list[str]:
        """Why something is due, in words; empty where nothing is."""
        second = self.second.get("reason")
        found = (
            self.certificate.get("reason"),
            f"second certificate: {second}" if second else None,
            self.configuration.get("reason"),
        )
        return [reason for reason in found if reason]


@dataclass(frozen=True)
class Aims:
    """What a device is to have, each as the options of the module for it; None for what is not asked for."""

    device: Device
    preflight: Mapping[str, Any] | None = None
    certificate: CertificateTask | None = None
    second: CertificateTask | None = None
    configuration: ConfigurationTask | None = None

    @classmethod
    def of(cls, operation: Operation, arguments: Mapping[str, Any], device: Device) -> Aims:
        """The options ``preflight``, ``certificate``, ``second_certificate`` and ``configuration`` of a task, checked.

        :raises SiptlsError: one of them is wrong
        :raises AnsibleError: one of them is not of its type
        """

        def given(name: str, spec: Mapping[str, Any]) -> dict[str, Any] | None:
            options = arguments.get(name)
            return operation.checked(spec, options, name) if options else None

        certificates = (given(name, CERTIFICATE) for name in ("certificate", "second_certificate"))
        first, second = (CertificateTask.of(operation, one, device) if one else None for one in certificates)
        files = given("configuration", FILES)
        configuration = None
        if files:
            place = ConfigurationPlace(device, Configuration.checked(files))
            configuration = ConfigurationTask(place, reload_now=files["reload_now"])
        return cls(device, given("preflight", PREFLIGHT), first, second, configuration)

    def look(self, *, check_mode: bool) -> Outlook:
        """Looks at the device, which is not changed.

        :param check_mode: whether an authority may be missing that a run without check mode would have made
        :raises SiptlsError: the device lacks something, cannot be looked at, or what is due would be refused
        """
        calls = self._calls()
        if not calls:
            return Outlook()
        answers = dict(zip(calls, self.device.run_each(list(calls.values()), private=True), strict=True))
        if "preflight" in answers:
            refuse_lacking(answered(answers["preflight"]), self.device.name)
        looked = None
        if self.configuration:
            looked = self.configuration.place.looked(answered(answers["configuration"]))
        return Outlook(
            self._certificate(self.certificate, answers.get("certificate"), check_mode=check_mode),
            self._certificate(self.second, answers.get("second"), check_mode=check_mode),
            self.configuration.outlook(looked) if self.configuration and looked else {},
        )

    def _calls(self) -> dict[str, Call]:
        calls = {}
        if self.preflight is not None:
            calls["preflight"] = preflight_call(self.preflight)
        if self.certificate:
            calls["certificate"] = self.certificate.place.look_call()
        if self.second:
            calls["second"] = self.second.place.look_call()
        if self.configuration:
            calls["configuration"] = self.configuration.place.look_call(texts=False)
        return calls

    def _certificate(
        self, task: CertificateTask | None, answer: Answer | SiptlsError | None, *, check_mode: bool
    ) -> Mapping[str, Any]:
        if task is None or answer is None:
            return {}
        reason = task.foretold_reason() if check_mode else ""
        if reason:
            return {"changed": True, "reason": reason}
        return task.outlook(task.place.found(answered(answer), self.device.name))
