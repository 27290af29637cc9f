# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.openbao_session: one login for a run of Ansible, and its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.pki.openbao.opening import bao_session
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.operation import Operation, run_folder


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "bao": BAO,
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    }

    RULES: ClassVar[dict[str, Any]] = {"required_one_of": [["bao"]]}

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Logs in, or has the token of this run revoked."""
        session = bao_session(arguments["bao"], Path(self._loader.get_basedir()), run_folder())
        if arguments["state"] == "absent":
            return {"changed": session.end()}
        client = session.client()
        path = "auth/token/lookup-self"
        known = client.checked(client.read(path), "OpenBao does not take this token", path)
        policies = known.data.get("policies")
        return {"changed": False, "policies": policies if isinstance(policies, list) else []}
