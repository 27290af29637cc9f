# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the variables of a host against the policy, on the controller, without any connection to the host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars

from ..module_utils.policy.check import check, names_of
from ..module_utils.policy.findings import Finding, Unreadable, Verdict
from ..module_utils.policy.variables import ROLES
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "roles": {"type": "list", "elements": "str", "required": True, "choices": list(ROLES)},
        "other_variables": {"type": "list", "elements": "str", "default": []},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The verdict on the variables of the host."""
        names = names_of(arguments["roles"])
        given = {name: self._value(self.variables[name]) for name in names if name in self.variables}
        extra = load_extra_vars(self._loader)
        verdict = check(arguments["roles"], given, self.variables, arguments["other_variables"], extra)
        return _answer(verdict, self.host)

    def _value(self, raw: Any) -> Any:
        try:
            return self._templar.template(raw)
        except AnsibleError as error:
            reason = str(getattr(error, "message", error)).strip().splitlines()[0]
            return Unreadable(str(raw), reason)


def _answer(verdict: Verdict, host: str) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "changed": False,
        "problems": [_described(finding) for finding in verdict.problems],
        "warnings": [str(finding) for finding in verdict.warnings],
        "openssl_minimum": "1.1.1" if verdict.least_openssl == (1, 1) else ".".join(map(str, verdict.least_openssl)),
    }
    if verdict.problems:
        answer |= {"failed": True, "msg": _message(verdict.problems, host)}
    return answer


def _described(finding: Finding) -> Mapping[str, str]:
    return {
        "variable": finding.variable,
        "expected": finding.expected,
        "found": finding.found,
        "remedy": finding.remedy,
    }


def _message(problems: Iterable[Finding], host: str) -> str:
    lines = [f"- {finding}" for finding in problems]
    what = "one variable is wrong" if len(lines) == 1 else f"{len(lines)} things are wrong with its variables"
    return "\n".join([f"{host}: {what}; nothing has been changed.", *lines])
