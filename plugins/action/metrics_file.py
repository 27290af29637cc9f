# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.metrics_file: the fleet document as a file that node_exporter reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.metrics.fleet import metrics_text
from ..plugin_utils.controller_files import given_document, look, publish, reason
from ..plugin_utils.operation import Operation

_READ_BY = "node_exporter reads files whose names end in .prom, and no others"


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "document": {"type": "raw", "required": True},
        "path": {"type": "str", "required": True},
        "labels": {"type": "dict", "default": {}},
        "passing_checks": {"type": "bool", "default": True},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Writes the file, where it is not what it is to be."""
        path = self.controller_path(arguments["path"])
        if path.suffix != ".prom":
            raise SiptlsError("the name does not end in .prom", where=str(path), expected=_READ_BY)
        found, where = given_document(self, arguments["document"])
        text = metrics_text(
            found,
            where=where,
            labels={str(name): str(value) for name, value in arguments["labels"].items()},
            passing_checks=arguments["passing_checks"],
            notice=self._display.warning,
        )
        before = _content(path)
        why = reason(path, before, text.encode())
        if why and not self.check_mode:
            publish(path, text.encode())
        result = {"changed": bool(why), "path": str(path), "samples": _samples(text)}
        if why:
            result["reason"] = why
        if why and self.diff_mode:
            header = {"before_header": str(path), "after_header": str(path)}
            result["diff"] = {**header, "before": (before or b"").decode("utf-8", "replace"), "after": text}
        return result


def _content(path: Path) -> bytes | None:
    """What the file holds; None where there is none.

    :raises SiptlsError: the folder is not there, or the file cannot be read
    """
    if not path.parent.is_dir():
        raise SiptlsError(
            "the folder is not there",
            where=str(path.parent),
            expected="the folder that node_exporter's --collector.textfile.directory names",
            remedy="set up node_exporter first, or correct the path",
        )
    return look(path)


def _samples(text: str) -> int:
    return sum(1 for line in text.splitlines() if line and not line.startswith("#"))
