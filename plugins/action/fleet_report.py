# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.fleet_report: the report of a fleet, as JSON and as a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.compliance.assess import assess
from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.json_text import plain_value, read_json
from ..module_utils.pki.survey.facts import authority_facts
from ..module_utils.pki.survey.survey import Survey
from ..module_utils.report.contents import as_json, combined, facts_of
from ..module_utils.report.figures import glance
from ..module_utils.report.page import LANGUAGES, render
from ..module_utils.timestamps import utc_now
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.controller_files import given_document, look, publish, reason
from ..plugin_utils.operation import ROOT_FINGERPRINTS, Operation

#: Of the JSON, what a person can compare: the status of each device.
_SHOWN_DEVICES = 500


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "document": {"type": "raw", "required": True},
        "pki": {"type": "path"},
        "bao": BAO,
        "root_fingerprints": ROOT_FINGERPRINTS,
        "renew_before": {"type": "str", "default": "30d"},
        "handshake_failures": {"type": "raw"},
        "compliance": {"type": "list", "elements": "dict"},
        "json": {"type": "str", "default": ""},
        "html": {"type": "str", "default": ""},
        "language": {"type": "str", "choices": list(LANGUAGES), "default": "en"},
        "title": {"type": "str", "default": ""},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Puts the report together, and writes what is not as it is to be."""
        found, where = given_document(self, arguments["document"])
        document = combined(
            found,
            authorities=self._authorities(arguments),
            failures=_failures(arguments["handshake_failures"]),
            compliance=plain_value(arguments["compliance"]),
            where=where,
            notice=self._display.warning,
        )
        report = facts_of(document)
        if report["compliance"] is None:
            report["compliance"] = assess(document)
        files = dict(self._files(report, arguments))
        changes = [self._change(path, content) for path, content in files.items()]
        reasons = [f"{change['path']}: {change['reason']}" for change in changes if change["reason"]]
        result: dict[str, Any] = {
            "changed": bool(reasons),
            "files": [{"path": str(path), "octets": len(content)} for path, content in files.items()],
            "glance": glance(report),
        }
        if reasons:
            result["reason"] = "; ".join(reasons)
        if self.diff_mode:
            result["diff"] = [change["diff"] for change in changes if change["reason"]]
        return result

    def _authorities(self, arguments: dict[str, Any]) -> list[dict[str, Any]] | None:
        """What siptls.vos.certificate_info tells of the authorities; None where no PKI directory is given."""
        if arguments["pki"] is None and not arguments["bao"]:
            return None
        now = utc_now()
        register = self.register(arguments)
        renew_before = parse_duration(arguments["renew_before"], name="renew_before")
        survey = Survey(register, renew_before=renew_before, now=now, verify=True)
        return authority_facts(survey, register, now)

    def _files(self, report: Mapping[str, Any], arguments: dict[str, Any]) -> list[tuple[Path, bytes]]:
        """What is to be in which file."""
        files = []
        if arguments["json"]:
            files.append((self.controller_path(arguments["json"]), as_json(report)))
        if arguments["html"]:
            page = render(report, language=arguments["language"], title=arguments["title"])
            files.append((self.controller_path(arguments["html"]), page.encode("utf-8", "backslashreplace")))
        if not files or len(dict(files)) < len(files):
            raise SiptlsError(
                "the report has no place", expected="the path of a file in json, in html, or a different one in each"
            )
        return files

    def _change(self, path: Path, content: bytes) -> dict[str, Any]:
        """Writes a file where it is to change, but in check mode, and tells why and what."""
        before = look(path)
        why = reason(path, before, content)
        if why and not self.check_mode:
            publish(path, content)
        header = {"before_header": str(path), "after_header": str(path)}
        return {
            "path": str(path),
            "reason": why,
            "diff": {**header, "before": _summary(before), "after": _summary(content)},
        }


def _failures(given: Any) -> list[Mapping[str, Any]] | None:
    """What failed at each softswitch; one may stand alone. What no softswitch told is not known.

    :raises SiptlsError: it is something else
    """
    if given is None:
        return None
    found = [given] if isinstance(given, Mapping) else given
    if not isinstance(found, list) or not all(isinstance(one, Mapping) and "by_cause" in one for one in found):
        raise SiptlsError(
            "handshake_failures is not what siptls.vos.handshake_failures returns",
            expected="the value failures of that module, or a list of them",
            found=type(given).__name__,
        )
    return plain_value(found) or None


def _summary(content: bytes | None) -> str:
    """What a person can compare of a file that may have megabytes: its size, and of the JSON the state of each device."""
    if content is None:
        return ""
    lines = [f"{len(content)} octets", f"sha256 {hashlib.sha256(content).hexdigest()}"]
    if content.startswith(b"{"):
        lines += _states(content)
    return "\n".join(lines) + "\n"


def _states(content: bytes) -> list[str]:
    try:
        devices = read_json(content.decode())["devices"]
        states = [f"{device['device']}: {device['state']}" for device in devices]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [json.dumps(line)[1:-1] for line in states[:_SHOWN_DEVICES]]
