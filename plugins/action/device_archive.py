# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_archive: an archive of the controller, unpacked on a device and switched to as a whole."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "source": {"type": "path", "required": True},
        "path": {"type": "str", "required": True},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at what is unpacked there and, where it is another archive, brings this one."""
        source = self.controller_path(arguments["source"])
        path = _checked(arguments["path"])
        if self.check_mode and not source.exists():
            return {"changed": True, "reason": "the archive will itself be made first"}
        digest = _digest(source)
        device = Device(self, self.device_name)
        before = PurePosixPath(device.run("archive_look.sh", {"path": path}).value("unpacked") or "").name
        if before == digest:
            return {"changed": False, "digest": digest}
        if not self.check_mode:
            with device.upload(source) as archive:
                device.run("archive_publish.sh", {"path": path, "archive": archive, "digest": digest})
        result = {
            "changed": True,
            "digest": digest,
            "reason": "another archive is unpacked" if before else "no archive is unpacked",
        }
        if self.diff_mode:
            texts = {"before": f"{before}\n" if before else "", "after": f"{digest}\n"}
            result["diff"] = {**texts, "before_header": path, "after_header": path}
        return result


def _checked(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not path.startswith("/") or len(parts) < 2 or ".." in parts or "\n" in path:
        raise SiptlsError(
            "path is not where an archive can be", expected="an absolute path without '..'", found=repr(path)
        )
    return path.rstrip("/")


def _digest(source: Path) -> str:
    try:
        with source.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SiptlsError(
            "the archive cannot be read",
            where=str(source),
            found=error.strerror or str(error),
            remedy="make it first, or correct source",
        ) from None
