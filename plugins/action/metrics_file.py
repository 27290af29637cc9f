# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.metrics_file: the fleet document as a file that node_exporter reads."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.files import PUBLIC, NewFile, replace_file
from ..module_utils.metrics.fleet import metrics_text
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
        found, where = self._document(arguments["document"])
        text = metrics_text(
            found,
            where=where,
            labels={str(name): str(value) for name, value in arguments["labels"].items()},
            passing_checks=arguments["passing_checks"],
        )
        before = _content(path)
        reason = _reason(path, before, text)
        if reason and not self.check_mode:
            _publish(path, text)
        result = {"changed": bool(reason), "path": str(path), "samples": _samples(text)}
        if reason:
            result["reason"] = reason
        if reason and self.diff_mode:
            header = {"before_header": str(path), "after_header": str(path)}
            result["diff"] = {**header, "before": before or "", "after": text}
        return result

    def _document(self, given: Any) -> tuple[Any, str]:
        """What the document holds, and where it is from."""
        if isinstance(given, Mapping):
            return given, "document"
        if not isinstance(given, str) or not given:
            raise SiptlsError("this is no document", where="document", expected="the path of a file, or what is in one")
        path = self.controller_path(given)
        try:
            return json.loads(path.read_text(encoding="utf-8")), str(path)
        except OSError as error:
            raise SiptlsError(
                "the fleet document cannot be read",
                where=str(path),
                found=error.strerror or str(error),
                remedy="run siptls.vos.verify or siptls.vos.report, which write one",
            ) from None
        except ValueError as error:
            raise SiptlsError(
                "this is no JSON", where=str(path), expected="a fleet document", found=str(error)
            ) from None


def _content(path: Path) -> str | None:
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
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_possible(path, "read", error) from None


def _reason(path: Path, before: str | None, text: str) -> str:
    """Why the file is written; empty where it is as it is to be."""
    if before is None:
        return "there is no such file"
    if before != text:
        return "the document says something else"
    mode = stat.S_IMODE(path.stat().st_mode)
    return "" if mode == PUBLIC else f"its mode is {mode:04o}, and is to be {PUBLIC:04o}"


def _publish(path: Path, text: str) -> None:
    try:
        # The new file takes the place of the old one, whoever that belonged to; a link would lead node_exporter elsewhere
        replace_file(path, NewFile(text.encode()))
    except OSError as error:
        raise _not_possible(path, "written", error) from None


def _samples(text: str) -> int:
    return sum(1 for line in text.splitlines() if line and not line.startswith("#"))


def _not_possible(path: Path, what: str, error: OSError) -> SiptlsError:
    return SiptlsError(
        f"the file cannot be {what} on the controller",
        where=str(path),
        found=error.strerror or str(error),
        remedy=f"let the user {os.geteuid()}, who runs Ansible, write to the folder {path.parent}",
    )
