# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.served_certificate: whether a reload had the effect that it said it had."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.x509.certificates import read_certificates, serial_hex
from ..module_utils.sip.registrations import Connection, parse_connections
from ..module_utils.sip.served import Served, find_certificate, why_no_certificate
from ..module_utils.timestamps import write_time
from ..module_utils.tls.pem import private_key_line
from ..plugin_utils.answer import Answer
from ..plugin_utils.device import Device
from ..plugin_utils.operation import VARIABLES, Operation

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

_SECONDS_BETWEEN_LOOKS = 1.0


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "certificate": {"type": "str", "required": True},
        "connect": {"type": "str", "default": "127.0.0.1:5061"},
        "server_name": {"type": "str", "default": ""},
        "connections_command": {"type": "str", "default": ""},
        "wait": {"type": "str", "default": ""},
        "state": {"type": "str", "default": "current", "choices": ["current", "seen"]},
        "variables": VARIABLES,
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks until a new connection gets the certificate on disk, or the time is over."""
        self._arguments = arguments
        patience = parse_duration(arguments["wait"], name="wait").total_seconds() if arguments["wait"] else 0.0
        give_up = time.monotonic() + patience
        while True:
            result, problem = self._look()
            if not problem or arguments["state"] == "seen":
                return result
            if time.monotonic() >= give_up:
                raise problem
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _look(self) -> tuple[dict[str, Any], SiptlsError | None]:
        arguments = self._arguments
        names = ("certificate", "connect", "server_name", "connections_command")
        answer = Device(self, self.device_name).run("served_look.sh", {name: arguments[name] for name in names})
        where = f"{self.device_name}, {arguments['certificate']}"
        if line := private_key_line(answer.body("disk") or ""):
            raise SiptlsError(
                f"a private key is in {arguments['certificate']}, where a certificate belongs",
                where=self.device_name,
                found=f"line {line}",
                remedy="move the key out of the file; it is compromised if others than its owner could read the file",
            )
        disk = read_certificates((answer.body("disk") or "").encode(errors="surrogateescape"), where=where)[0]
        said = answer.body("served") or ""
        text = find_certificate(said)
        new = read_certificates(text.encode(), where=f"{self.device_name}, {arguments['connect']}")[0] if text else None
        served = Served(serial_hex(disk), serial_hex(new) if new else "", self._connections(answer))
        result = {
            "changed": False,
            "disk": _facts(disk),
            "served": _facts(new) if new else {},
            "connections": [_connection_facts(one) for one in served.connections],
            "behind": [_connection_facts(one) for one in served.behind],
        }
        return result, self._problem(served, said)

    def _connections(self, answer: Answer) -> tuple[Connection, ...]:
        status, said = answer.value("connections"), answer.body("connections") or ""
        if status is None:
            return ()
        if status != "0":
            raise SiptlsError(
                "the softswitch does not tell its connections",
                where=self.device_name,
                expected=f"exit status 0 from: {self._arguments['connections_command']}",
                found=f"exit status {status}: {said.strip()[:500] or 'it said nothing'}",
            )
        return parse_connections(said, where=self.device_name)

    def _problem(self, served: Served, said: str) -> SiptlsError | None:
        if served.new == served.disk:
            return None
        if not served.new:
            return SiptlsError(
                why_no_certificate(said, self._arguments["connect"]),
                where=self.device_name,
                expected=f"certificate {served.disk}, as in {self._arguments['certificate']}",
                remedy="see to the service on the device, and to the address in {connect}",
                options={"connect": ""},
            )
        return SiptlsError(
            "a new connection gets another certificate than the one on disk",
            where=f"{self.device_name}, {self._arguments['connect']}",
            expected=f"{served.disk}, as in {self._arguments['certificate']}",
            found=served.new,
            remedy="reload the service; if that was done, find out in its log what it has against the files",
        )


def _facts(certificate: x509.Certificate) -> dict[str, str]:
    return {"serial_number": serial_hex(certificate), "not_after": write_time(certificate.not_valid_after_utc)}


def _connection_facts(one: Connection) -> dict[str, Any]:
    return {"peer": one.peer, "serial_number": one.serial, "seconds": one.seconds}
