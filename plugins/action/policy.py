# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the variables of hosts against the policy, on the controller, without any connection to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars

from ..module_utils.errors import SiptlsError
from ..module_utils.policy.check import check, names_of
from ..module_utils.policy.fleet import Gateway, Softswitch, ambiguous, fleet_violations
from ..module_utils.policy.variables import ROLES
from ..module_utils.policy.violations import PolicyVerdict, Unreadable, Violation
from ..plugin_utils.host_variables import HostVariables
from ..plugin_utils.operation import Operation

_OTHERS = "siptls_other_variables"
_OF_GATEWAYS = (
    *("gateway_user", "gateway_sip_domain", "gateway_hostname", "gateway_register", "gateway_softswitch"),
    "gateway_registration_proof",
)
_OF_SOFTSWITCHES = ("vos_hostname", "vos_sip_domains", "vos_post_quantum_certificate", "vos_platform", "ansible_host")


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "roles": {"type": "list", "elements": "str", "default": [], "choices": list(ROLES)},
        "roles_of_groups": {"type": "dict", "default": {}},
        "other_variables": {"type": "list", "elements": "str", "default": []},
        "fleet": {"type": "bool", "default": False},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The verdict on the variables of this host, or of all hosts of the play, and of all hosts together."""
        self._others = arguments["other_variables"]
        self._extra = load_extra_vars(self._loader)
        self._hosts = HostVariables(self, self.variables)
        roles_of = self._roles_of(arguments["roles_of_groups"]) or {self.host: arguments["roles"]}
        verdicts = {host: self._verdict(host, roles) for host, roles in roles_of.items()}
        together = self._fleet() if arguments["fleet"] else []
        return _answer(verdicts, together, self.host)

    def _roles_of(self, roles_of_groups: Mapping[str, Any]) -> dict[str, list[str]]:
        """By the hosts of the play that are in one of these groups, the roles of all their groups."""
        members = {name: frozenset(self._group(name)) for name in roles_of_groups}
        found: dict[str, list[str]] = {}
        for host in self.variables.get("ansible_play_hosts_all") or ():
            roles = [role for name, hosts in members.items() if host in hosts for role in roles_of_groups[name]]
            if roles:
                found[host] = list(dict.fromkeys(roles))
        _refuse_unknown(role for roles in found.values() for role in roles)
        return found

    def _verdict(self, host: str, roles: Sequence[str]) -> PolicyVerdict:
        """What the policy says about one host, and about its place in the fleet."""
        variables: Mapping[str, Any] = self._hosts[host]
        given = {name: _value(variables, name) for name in names_of(roles) if name in variables}
        # What is a host's own counts for that host
        own = _value(variables, _OTHERS) if host != self.host and _OTHERS in variables else ()
        others = [*self._others, *(own if isinstance(own, Sequence) and not isinstance(own, str) else ())]
        verdict = check(roles, given, variables, list(map(str, others)), self._extra)
        if "gateway" not in roles or verdict.problems:
            return verdict
        return replace(verdict, problems=(*self._both(host), *self._softswitch(host, given)))

    def _both(self, host: str) -> Iterator[Violation]:
        """A host has one certificate, one plan and one outcome."""
        if all(host in self._group(name) for name in ("softswitches", "gateways")):
            yield Violation(
                "group_names",
                "softswitches and gateways",
                "one of them",
                "give the machine a name of its own in each, with the same ansible_host",
            )

    def _softswitch(self, host: str, given: Mapping[str, Any]) -> Iterator[Violation]:
        """What is wrong with the softswitch of this gateway. With one, only a name that is given can be wrong."""
        if len(self._group("softswitches")) > 1 or given.get("gateway_softswitch"):
            yield from ambiguous(Gateway.of(host, given), self._softswitches())

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
        variables = self._hosts[host]
        for name in names:
            try:
                if name in variables and (value := variables[name]) is not None:
                    yield name, value
            except AnsibleError:
                continue


def _value(variables: Mapping[str, Any], name: str) -> Any:
    try:
        return variables[name]
    except AnsibleError as error:
        reason = str(getattr(error, "message", error)).strip().splitlines()[0]
        return Unreadable(_template(variables, name), reason)


def _template(variables: Mapping[str, Any], name: str) -> str:
    """The text of a variable that cannot be evaluated."""
    raw = getattr(variables, "_vars", variables)
    return str(raw[name])


def _refuse_unknown(roles: Iterable[str]) -> None:
    for role in roles:
        if role not in ROLES:
            raise SiptlsError(
                "roles_of_groups names what is no role of this collection",
                expected=f"one of {', '.join(ROLES)}",
                found=repr(role),
            )


def _answer(
    verdicts: Mapping[str, PolicyVerdict], together: Sequence[tuple[str, Violation]], host: str
) -> dict[str, Any]:
    found = [(of, violation) for of, verdict in verdicts.items() for violation in verdict.problems]
    minimums = {of: _version(verdict.least_openssl) for of, verdict in verdicts.items()}
    answer: dict[str, Any] = {
        "changed": False,
        "problems": [{"host": of or host, **_described(violation)} for of, violation in (*found, *together)],
        # The same text from the playbook and from the role is shown once
        "warnings": [f"{of}: {violation}" for of, verdict in verdicts.items() for violation in verdict.warnings],
        "openssl_minimum": minimums.get(host, "1.1.1"),
        "openssl_minimums": minimums,
    }
    messages = [_message(of, verdict.problems) for of, verdict in verdicts.items() if verdict.problems]
    if together:
        messages.append(_message_of_fleet(together, host))
    if messages:
        answer |= {"failed": True, "msg": "\n".join(messages)}
    return answer


def _version(least: tuple[int, int]) -> str:
    return "1.1.1" if least == (1, 1) else ".".join(map(str, least))


def _described(violation: Violation) -> Mapping[str, str]:
    return {
        "variable": violation.variable,
        "expected": violation.expected,
        "found": violation.found,
        "remedy": violation.remedy,
    }


def _message(host: str, violations: Sequence[Violation]) -> str:
    what = "one variable is wrong" if len(violations) == 1 else f"{len(violations)} things are wrong with its variables"
    return "\n".join([f"{host}: {what}; nothing has been changed.", *(f"- {one}" for one in violations)])


def _message_of_fleet(violations: Iterable[tuple[str, Violation]], host: str) -> str:
    lines = [f"- {of or host}: {violation}" for of, violation in violations]
    return "\n".join(["the variables of gateways and softswitches do not fit; nothing has been changed.", *lines])
