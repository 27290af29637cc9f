# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.trust_bundle: a file with trust anchors, published as any other file of a device."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.configuration.desired import Configuration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.x509.certificates import fingerprint, pem, serial_hex
from ..module_utils.timestamps import utc_now, write_time
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.certificate_plan import bundle_diff
from ..plugin_utils.operation import ROOT_FINGERPRINTS
from .device_files import ActionModule as DeviceFiles

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass


class ActionModule(DeviceFiles):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "pki": {"type": "path"},
        "bao": BAO,
        "root_fingerprints": ROOT_FINGERPRINTS,
        "authorities": {"type": "list", "elements": "str", "required": True},
        "path": {"type": "str", "required": True},
        "owner": {"type": "str", "default": ""},
        "group": {"type": "str", "default": ""},
        "mode": {"type": "str", "default": "0644"},
        "reload": {"type": "str", "default": ""},
        "state_file": {"type": "str", "default": ""},
    }

    RULES: ClassVar[dict[str, Any]] = {"mutually_exclusive": [["pki", "bao"]], "required_one_of": [["pki", "bao"]]}

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Has the device trust these authorities, and no other, by this file."""
        register, names = self.register(arguments), arguments["authorities"]
        if not names:
            raise SiptlsError(
                "a trust bundle without anchors trusts nobody",
                where=f"{self.host}, {arguments['path']}",
                expected="at least one name in authorities",
                found="none",
            )
        foretold = [name for name in names if self.check_mode and register.find_authority(name) is None]
        if foretold:
            return {"changed": True, "reason": f"no anchors of {foretold[0]}, which will itself be made first"}
        anchors = register.anchors(names)
        file = {name: arguments[name] for name in ("path", "owner", "group", "mode")}
        file |= {"content": pem(*anchors), "validate": "", "sensitive": False, "state": "present"}
        wanted = {"files": [file], "loads": [], "calls": None, "reload_interval": "", **_of_the_service(arguments)}
        result = self.published(Configuration.checked(wanted))
        if "diff" in result:
            result["diff"] = [_readable(part) for part in result["diff"]]
        for name in ("files", "never_loaded", "not_loaded", "open"):
            del result[name]
        return {**result, "anchors": [_facts(one) for one in anchors], **_warnings(anchors)}


def _of_the_service(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in ("reload", "state_file")}


def _readable(part: dict[str, str]) -> dict[str, str]:
    """The change of the file by subjects and fingerprints; what is about owner and mode stays."""
    if "after" not in part:
        return part
    return {**part, **bundle_diff(part["after_header"], part["before"], part["after"])}


def _facts(anchor: x509.Certificate) -> dict[str, str]:
    return {
        "subject": anchor.subject.rfc4514_string(),
        "serial_number": serial_hex(anchor),
        "not_after": write_time(anchor.not_valid_after_utc),
        "fingerprint_sha256": fingerprint(anchor),
    }


def _warnings(anchors: tuple[x509.Certificate, ...]) -> dict[str, list[str]]:
    now = utc_now()
    ended = [one for one in anchors if one.not_valid_after_utc <= now]
    texts = [
        f"{one.subject.rfc4514_string()} ended on {write_time(one.not_valid_after_utc)}: nothing verifies with it"
        for one in ended
    ]
    return {"warnings": texts} if texts else {}
