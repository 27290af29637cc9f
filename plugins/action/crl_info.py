# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.crl_info: which CRLs a file on a device holds, and how long they last."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.text import printable
from ..module_utils.timestamps import write_time
from ..module_utils.verification.lists import read_lists
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation

_LONGEST, _MOST = 200, 100


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "path": {"type": "str", "required": True},
        "content": {"type": "str"},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads the file, unless its content is known, and tells the CRLs in it."""
        if not arguments["path"].startswith("/"):
            raise SiptlsError("path is not an absolute path", where=self.device_name, found=repr(arguments["path"]))
        state, text = "there", arguments["content"]
        if text is None:
            answer = Device(self, self.device_name).run("crl_look.sh", {"crl": arguments["path"]})
            state, text = answer.value("crl") or "unreadable", answer.body("crl") or ""
        found = read_lists(text) if state == "there" else None
        ends = sorted((one.next_update_utc, one.issuer.rfc4514_string()) for one in found or () if one.next_update_utc)
        return {
            "changed": False,
            "path": arguments["path"],
            "state": "unreadable" if state == "there" and found is None else state,
            "lists": [
                {"issuer": printable(issuer, longest=_LONGEST), "next_update": write_time(end)}
                for end, issuer in ends[:_MOST]
            ],
        }
