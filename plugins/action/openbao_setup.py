# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.openbao_setup: engines, roles and policies of OpenBao as the issuer needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.bao.options import checked_mount
from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.openbao.opening import bao_mount, bao_session
from ..module_utils.pki.openbao.setup import Wanted, differences, put_right, settings
from ..module_utils.pki.x509.identity import check_host_name
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.operation import Operation, run_folder


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "bao": BAO,
        "domains": {"type": "list", "elements": "str", "required": True},
        "longest": {"type": "str", "default": "397d"},
        "policies": {"type": "dict", "default": {}},
    }
    RULES: ClassVar[dict[str, Any]] = {"required_one_of": [["bao"]]}

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Compares, and puts right."""
        bao, domains = arguments["bao"], arguments["domains"]
        for domain in domains:
            check_host_name(domain, "domains")
        if not domains:
            raise SiptlsError("domains is empty", expected="the domains that certificates may be for")
        wanted = Wanted(
            pki=bao_mount(bao),
            kv=checked_mount(bao["kv"], "bao.kv") if bao["kv"] else "",
            domains=tuple(domains),
            longest=parse_duration(arguments["longest"], name="longest"),
            policies={str(name): str(text) for name, text in arguments["policies"].items()},
        )
        client = bao_session(bao, Path(self._loader.get_basedir()), run_folder()).client()
        found = differences(client, settings(wanted))
        if not self.check_mode:
            for setting, words in found:
                put_right(client, setting, words)
        lines = [f"{setting.name}: {', '.join(words) if words else 'is not there'}" for setting, words in found]
        result: dict[str, Any] = {"changed": bool(found)}
        if lines:
            result["reason"] = "; ".join(lines)
        if lines and self.diff_mode:
            result["diff"] = [{"prepared": f"{line}\n"} for line in lines]
        return result
