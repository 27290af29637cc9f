# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.allowlist_impact: who is connected or registered, and would be cut off."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.network.addresses import network
from ..module_utils.network.allowlist_impact import Allowlist, Present, cut_off, flow_peers, refusal
from ..module_utils.network.netfilter import read_ruleset
from ..module_utils.network.sockets import peer_address
from ..module_utils.sip.registrations import Registration, parse_registrations
from ..plugin_utils.answer import Answer
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "networks": {"type": "list", "elements": "str", "required": True},
        "tls_port": {"type": "int", "default": 5061},
        "plain_sip_port": {"type": "int", "default": 0},
        "table": {"type": "str", "default": "siptls"},
        "registrations_command": {"type": "str", "default": ""},
        "allowed": {"type": "bool", "default": False},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks once, and compares."""
        device = Device(self, self.device_name)
        plain = arguments["plain_sip_port"]
        answer = device.run(
            "peers_look.sh",
            {
                "tls_port": str(arguments["tls_port"]),
                "plain_port": str(plain or ""),
                "table": arguments["table"],
                "registrations_command": arguments["registrations_command"],
            },
        )
        wanted = Allowlist(tuple(map(network, arguments["networks"])), arguments["tls_port"], plain)
        loaded = read_ruleset(answer.body("nft") or "") if answer.body("nft") else None
        found = cut_off(_present(answer, device.name), wanted, loaded)
        if found and not arguments["allowed"]:
            raise refusal(found, device.name)
        result: dict[str, Any] = {"changed": False, "cut_off": [one.facts() for one in found]}
        if found:
            result["warnings"] = [f"{device.name}: {len(found)} who are connected or registered now are cut off"]
        return result


def _present(answer: Answer, where: str) -> Present:
    connections = {
        int(port): tuple(filter(None, (peer_address(line.strip()) for line in body.splitlines())))
        for port, body in answer.each("peers")
    }
    own = [line.strip() for line in (answer.body("addresses") or "").splitlines()]
    return Present(
        # What it connects to at itself stays
        {port: tuple(one for one in peers if one not in own) for port, peers in connections.items()},
        flow_peers((answer.body("flows") or "").splitlines(), own),
        _registrations(answer, where),
    )


def _registrations(answer: Answer, where: str) -> tuple[Registration, ...]:
    status, said = answer.value("registrations"), answer.body("registrations") or ""
    if status is None:
        return ()
    if status != "0":
        raise SiptlsError(
            "the softswitch does not tell who is registered, so nobody knows whom the allowlist would cut off",
            where=where,
            expected="exit status 0 from vos_registrations_command",
            found=f"exit status {status}: {said.strip()[:500] or 'it said nothing'}",
            remedy='correct the command; to go on without it, set vos_registrations_command: ""',
        )
    return parse_registrations(said, where=where)
