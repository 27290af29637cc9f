# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a change of configuration files reads in a diff, without a secret in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .plan import CHANGED, FORGOTTEN, OWNER_OR_MODE, REMOVED, ConfigurationPlan, FileStep

__all__ = ["differences"]

_HEADER = re.compile(r"[ \t]*\[([^\[\]]+)\]")
_SETTING = re.compile(r"([ \t]*[#;]*[ \t]*([^\s=#;\[][^=]*?)[ \t]*=[ \t]*)(.*)")
_LEFT_OUT = "(not shown)"


def differences(plan: ConfigurationPlan) -> list[dict[str, str]]:
    """The parts of a diff as Ansible shows them: whole files before and after, and lines of text for all else."""
    parts = []
    for step in plan.steps:
        if step.affects_service:
            parts.append(_of_content(step))
        if step.action in (CHANGED, OWNER_OR_MODE):
            parts += [{"prepared": f"{step.file.path}: {drift}\n"} for drift in step.found.drift]
        if step.action == FORGOTTEN:
            parts.append({"prepared": f"{step.file.path}: removed what was kept of it before its first change\n"})
        if step.found.left_over:
            parts.append({"prepared": f"{step.file.path}: removed what an interrupted run left beside it\n"})
    parts += [{"prepared": f"reload: {words}\n"} for words in plan.reasons_to_reload]
    return parts


def _of_content(step: FileStep) -> dict[str, str]:
    file, found = step.file, step.found
    if file.sensitive or (found.kind and found.text is None) or (step.copies and step.content is None):
        why = "sensitive" if file.sensitive else "no text"
        return {"prepared": f"{file.path}: {step.action}; the content is {why} and not shown\n"}
    if file.summarized:
        said = f", {step.content.count(chr(10))} lines, SHA-256 {step.digest}" if step.content is not None else ""
        return {"prepared": f"{file.path}: {step.action}{said}\n"}
    wanted = f"mode {file.mode:04o}{f', owner {file.owner}' if file.owner else ''}{f', group {file.group}' if file.group else ''}"
    before, after = found.text or "", step.content or ""
    if file.merges:
        before, after = (_without_values(text, file.settings) for text in (before, after))
    return {
        "before": _shown(before),
        "after": _shown(after),
        "before_header": file.path if found.kind else f"{file.path} (absent)",
        "after_header": f"{file.path} (absent)" if step.action == REMOVED else f"{file.path} ({wanted})",
    }


def _without_values(text: str, settings: Mapping[str, Mapping[str, str]]) -> str:
    """An INI text in which the values of all settings but these are left out: they are the operator's, and may be passwords."""
    shown, section = [], ""
    for line in text.splitlines(keepends=True):
        content = line.rstrip("\r\n")
        if header := _HEADER.match(content):
            section = header[1].strip()
            shown.append(line)
            continue
        setting = _SETTING.match(content)
        own = {key.lower() for key in settings.get(section, {})}
        if not content.strip() or (setting and (not setting[3] or setting[2].lower() in own)):
            shown.append(line)
        elif setting:
            shown.append(f"{setting[1]}{_LEFT_OUT}{line[len(content) :]}")
        elif content.lstrip()[0] in "#;" and "=" not in content:
            shown.append(line)
        else:
            shown.append(f"{_LEFT_OUT}{line[len(content) :]}")
    return "".join(shown)


def _shown(text: str) -> str:
    """``text`` with bytes that are no UTF-8 as escapes, for no terminal can show them."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
