# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the variables of a host against the policy, on the controller, without any connection to the host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars

from ..module_utils.policy.check import check, names_of
from ..module_utils.policy.fleet import Gateway, Softswitch, ambiguous, fleet_violations
from ..module_utils.policy.variables import ROLES
from ..module_utils.policy.violations import Unreadable, Verdict, Violation
from ..plugin_utils.operation import Operation

_OF_GATEWAYS = (
    *("gateway_user", "gateway_sip_domain", "gateway_hostname", "gateway_register", "gateway_softswitch"),
    "gateway_registration_proof",
)
_OF_SOFTSWITCHES = ("vos_hostname", "vos_sip_domains", "vos_post_quantum_certificate", "vos_platform", "ansible_host")


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "roles": {"type": "list", "elements": "str", "required": True, "choices": list(ROLES)},
        "other_variables": {"type": "list", "elements": "str", "default": []},
        "fleet": {"type": "bool", "default": False},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The verdict on the variables of the host, or of all hosts together."""
        names = names_of(arguments["roles"])
        given = {name: self._value(self.variables[name]) for name in names if name in self.variables}
        extra = load_extra_vars(self._loader)
        verdict = check(arguments["roles"], given, self.variables, arguments["other_variables"], extra)
        more: list[tuple[str, Violation]] = []
        if "gateway" in arguments["roles"] and not verdict.problems:
            more = [("", one) for one in (*self._both(), *self._softswitch(given))]
        if arguments["fleet"]:
            more += self._fleet()
        return _answer(verdict, more, self.host)

    def _both(self) -> Iterator[Violation]:
        """A host has one certificate, one plan and one outcome."""
        if all(self.host in self._group(name) for name in ("softswitches", "gateways")):
            yield Violation(
                "group_names",
                "softswitches and gateways",
                "one of them",
                "give the machine a name of its own in each, with the same ansible_host",
            )

    def _softswitch(self, given: Mapping[str, Any]) -> Iterator[Violation]:
        """What is wrong with the softswitch of this gateway. With one, only a name that is given can be wrong."""
        if len(self._group("softswitches")) > 1 or given.get("gateway_softswitch"):
            yield from ambiguous(Gateway.of(self.host, given), self._softswitches())

    def _fleet(self) -> list[tuple[str, Violation]]:
        gateways = [
            Gateway.of(name, variables)
            for name in self._group("gateways")
            if "gateway_sip_domain" in (variables := self._of(name, _OF_GATEWAYS))
        ]
        return fleet_violations(gateways, self._softswitches(), self.variables.get("ansible_play_hosts_all") or ())

    def _softswitches(self) -> list[Softswitch]:
        return [Softswitch.of(name, self._of(name, _OF_SOFTSWITCHES)) for name in self._group("softswitches")]

    def _group(self, name: str) -> list[str]:
        return list((self.variables.get("groups") or {}).get(name, ()))

    def _of(self, host: str, names: Iterable[str]) -> dict[str, Any]:
        """Variables of another host that can be read; the check of that host reports the others."""
        return dict(self._readable(host, names))

    def _readable(self, host: str, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        variables = self.variables["hostvars"][host]
        for name in names:
            try:
                if name in variables and (value := variables[name]) is not None:
                    yield name, value
            except AnsibleError:
                continue

    def _value(self, raw: Any) -> Any:
        try:
            return self._templar.template(raw)
        except AnsibleError as error:
            reason = str(getattr(error, "message", error)).strip().splitlines()[0]
            return Unreadable(str(raw), reason)


def _answer(verdict: Verdict, more: Iterable[tuple[str, Violation]], host: str) -> dict[str, Any]:
    violations = [*(("", one) for one in verdict.problems), *more]
    answer: dict[str, Any] = {
        "changed": False,
        "problems": [{"host": of or host, **_described(violation)} for of, violation in violations],
        "warnings": [str(violation) for violation in verdict.warnings],
        "openssl_minimum": "1.1.1" if verdict.least_openssl == (1, 1) else ".".join(map(str, verdict.least_openssl)),
    }
    if violations:
        answer |= {"failed": True, "msg": _message(violations, host)}
    return answer


def _described(violation: Violation) -> Mapping[str, str]:
    return {
        "variable": violation.variable,
        "expected": violation.expected,
        "found": violation.found,
        "remedy": violation.remedy,
    }


def _message(violations: Iterable[tuple[str, Violation]], host: str) -> str:
    named = list(violations)
    if any(of for of, _finding in named):
        lines = [f"- {of or host}: {violation}" for of, violation in named]
        return "\n".join(["the variables of gateways and softswitches do not fit; nothing has been changed.", *lines])
    lines = [f"- {violation}" for _of, violation in named]
    what = "one variable is wrong" if len(lines) == 1 else f"{len(lines)} things are wrong with its variables"
    return "\n".join([f"{host}: {what}; nothing has been changed.", *lines])
