# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.packet_filter_info: whether the packet filter of a host admits packets."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.network.netfilter import Packet, read_ruleset
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "packets": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "protocol": {"type": "str", "required": True, "choices": ["tcp", "udp"]},
                "source": {"type": "str", "required": True},
                "port": {"type": "int", "required": True},
            },
        },
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads the ruleset once, and decides about each packet."""
        packets = [_packet(**entry) for entry in arguments["packets"]]
        answer = Device(self, self.device_name).run("packet_filter_look.sh", {})
        said = answer.body("nft")
        if said is None:
            # No nft, and so no table either; of tables of another kind nobody tells what they admit
            admitted = None if answer.value("legacy") is not None else True
            return {"changed": False, "packets": [_told(packet, admitted, "") for packet in packets]}
        ruleset = read_ruleset(said)
        if ruleset is None:
            return {"changed": False, "packets": [_told(packet, None, "") for packet in packets]}
        decided = ((packet, ruleset.decide(packet)) for packet in packets)
        return {"changed": False, "packets": [_told(packet, one.admitted, one.rule) for packet, one in decided]}


def _packet(protocol: str, source: str, port: int) -> Packet:
    try:
        return Packet(protocol, str(ip_address(source)), port)
    except ValueError:
        raise SiptlsError("source is not an IP address", expected="such as 192.0.2.7", found=repr(source)) from None


def _told(packet: Packet, admitted: bool | None, rule: str) -> dict[str, Any]:
    return {
        "protocol": packet.protocol,
        "source": packet.source,
        "port": packet.port,
        "admitted": admitted,
        "rule": rule,
    }
