# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that can be verified whole: its softswitch answers SIP over TLS with the certificate that it loaded when it was started."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Message, Request
from ansible_collections.siptls.vos.tests.integration.fleet import GATEWAYS, Fleet
from ansible_collections.siptls.vos.tests.integration.sip_peer import SipPeer, answer, seen_from
from ansible_collections.siptls.vos.tests.integration.tasks import serial

__all__ = ["VerifiedFleet"]


class VerifiedFleet(Fleet):
    """See above.

    :ivar refused: the users whose requests are answered with 403
    """

    def __init__(self, folder: Path, gateways: tuple[str, ...] = GATEWAYS) -> None:
        super().__init__(folder, gateways)
        self.document_path = folder / "verification.json"
        self.refused: set[str] = set()
        self.peer: SipPeer | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def begin(self) -> None:
        """Sets it up, serves, and has every gateway registered."""
        done = self.site()
        assert done.returncode == 0, done.stdout + done.stderr
        self.serve()
        self.register(*self.gateways)

    def serve(self) -> None:
        """What a restart of the softswitch does: its files as they are now."""
        self.end()
        served, certs = self.folder / "served", self.certs("vos")
        served.mkdir(exist_ok=True)
        for name, file in (("good.crt", "vos_server.crt"), ("good.key", "vos_server.key"), ("ca.crt", "ca_bundle.crt")):
            shutil.copy(certs / file, served / name)
        self.peer = SipPeer(served, self._answers, port=self.port)

    def end(self) -> None:
        """Nobody serves any more."""
        if self.peer:
            with suppress(OSError):
                self.peer.close()

    def certs(self, host: str) -> Path:
        """Where a device keeps its certificate."""
        return self.device(host) / "etc" / "certs"

    def serial(self, host: str) -> str:
        """Of the certificate that a device has."""
        return serial(self.certs(host) / ("vos_server.crt" if host == "vos" else "gateway.crt"))

    def register(self, *gateways: str, **other: str) -> None:
        """These are registered, each with the certificate that it has, and nobody else.

        :param other: by gateway, the serial number of another certificate
        """
        lines = [f"sip:{name}@example.com {other.get(name, self.serial(name))} 7\n" for name in gateways]
        (self.device("vos") / "registered").write_text("".join(lines))

    def verify(
        self, *options: str, changed: Mapping[str, Mapping[str, Any]] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs siptls.vos.verify."""
        return self.play("siptls.vos.verify", *options, changed=changed)

    def document(self) -> dict[str, Any]:
        """What the last run wrote."""
        found: dict[str, Any] = json.loads(self.document_path.read_text())
        return found

    def states(self) -> dict[str, str]:
        """By device."""
        return {one["device"]: one["state"] for one in self.document()["devices"]}

    def entry(self, device: str) -> dict[str, Any]:
        """What the document says of a device."""
        return next(one for one in self.document()["devices"] if one["device"] == device)

    def checks(self, device: str, *states: str) -> dict[str, str]:
        """The causes of the checks of a device that are in one of these states."""
        return {one["check"]: one["cause"] for one in self.entry(device)["checks"] if one["state"] in states}

    def _answers(self, request: Request) -> Iterable[Message | bytes | None]:
        seen = seen_from(request)
        user = str(request.value("From")).partition("sip:")[2].partition("@")[0]
        if request.method == "REGISTER" and user in self.refused:
            return [answer(seen, 403, "Forbidden")]
        contact = ("Contact", f"<sip:{user}@10.77.0.21:41472;transport=tls>;expires=25")
        return [answer(seen, 200, "OK", *([contact] if request.method == "REGISTER" else []))]

    def _softswitch(self) -> dict[str, Any]:
        return {
            **super()._softswitch(),
            "vos_tls_connect": f"127.0.0.1:{self.port}",
            "vos_registrations_command": f"cat {self.device('vos')}/registered",
            "vos_connections_command": f"cat {self.device('vos')}/connections 2>/dev/null || :",
            "vos_crl_file": str(self.device("vos") / "etc" / "crl.pem"),
            "vos_crl_alarm": False,
        }

    def _gateway(self, name: str) -> dict[str, Any]:
        return {
            **super()._gateway(name),
            "gateway_register": f"sip:localhost:{self.port}",
            "gateway_calls_command": "echo 0",
        }
