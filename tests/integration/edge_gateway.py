# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""baresip as a gateway outside an edge."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from ansible_collections.siptls.vos.tests.integration.edge_lab import (
    OUTSIDE,
    ROOTS,
    EdgeLab,
    await_true,
    identity,
    key_of,
)
from ansible_collections.siptls.vos.tests.shared.probe_material import ISSUING, pem

__all__ = ["Baresip"]

_CONFIG = """\
poll_method epoll
sip_listen {address}:0
net_interface {address}
sip_transports tls
sip_certificate {folder}/identity.pem
sip_cafile /etc/siptls-edge/etc/ca.crt
sip_verify_server yes
call_max_calls 4
audio_player aubridge,nil
audio_source ausine,440
audio_alert aubridge,nil
ausrc_srate 48000
auplay_srate 48000
rtp_ports 10000-20000
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module srtp.so
module dtls_srtp.so
module_tmp uuid.so
module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{port}
"""


class Baresip:
    """A gateway of the domain, with its certificate.

    :param media: baresip's word for how media are encrypted: srtp-mand, dtls_srtp; empty for plain RTP
    :param registers: whether it does; else it only keeps a connection
    """

    def __init__(
        self, lab: EdgeLab, name: str, address: str, password: str, *, media: str = "srtp-mand", registers: bool = True
    ) -> None:
        self._lab = lab
        self.name = name
        self._port = 4400 + int("".join(one for one in name if one.isdigit()) or 0)
        self.certificate = identity(name)
        folder = lab.folder / name
        folder.mkdir(exist_ok=True)
        inside = f"/etc/siptls-edge/{name}"
        (folder / "identity.pem").write_text(key_of(self.certificate) + pem(self.certificate, ISSUING.certificate))
        (folder / "config").write_text(_CONFIG.format(address=address, folder=inside, port=self._port))
        (folder / "contacts").write_text("")
        keying = f";mediaenc={media}" if media else ""
        interval = 20 if registers else 0
        (folder / "accounts").write_text(
            f"<sip:{name}@example.com;transport=tls>;auth_user={name};auth_pass={password};"
            f'outbound="sip:{OUTSIDE}:5061;transport=tls";regint={interval};answermode=auto;audio_codecs=PCMU,PCMA{keying}\n'
        )
        self.program = lab.run(lab.outside, ROOTS / "trixie", name, ["baresip", "-4", "-v", "-s", "-f", inside])
        self._socket: socket.socket | None = None
        self.events: list[dict[str, Any]] = []
        self._rest = b""
        await_true(lambda: self._connect(), self.program.text)

    def dial(self, number: str) -> None:
        self.command("dial", f"sip:{number}@example.com")

    def command(self, name: str, parameters: str = "") -> dict[str, Any]:
        """Has it do something, and gives its response."""
        assert self._socket
        said = json.dumps({"command": name, "params": parameters})
        self._socket.sendall(f"{len(said)}:{said},".encode())
        before = len(self.events)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            self._read(0.5)
            for one in self.events[before:]:
                if one.get("response"):
                    return one
        raise AssertionError(f"{self.name}: no response to {name}\n{self.program.text()[-2000:]}")

    def saw(self, kind: str, seconds: float = 20) -> dict[str, Any]:
        """The event of this kind, which is taken out."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in self.events:
                if one.get("type") == kind:
                    self.events.remove(one)
                    return one
            self._read(0.3)
        raise AssertionError(f"{self.name}: no {kind}; saw {self.events}\n{self.program.text()[-3000:]}")

    def close(self) -> None:
        self.program.close()

    def _connect(self) -> bool:
        try:
            self._socket = self._lab.outside.call(socket.create_connection, ("127.0.0.1", self._port), 2)
        except OSError:
            return False
        return True

    def _read(self, seconds: float) -> None:
        assert self._socket
        self._socket.settimeout(seconds)
        try:
            got = self._socket.recv(65536)
        except TimeoutError:
            return
        self._rest += got
        while b":" in self._rest:
            length, _, rest = self._rest.partition(b":")
            if len(rest) <= int(length):
                return
            self.events.append(json.loads(rest[: int(length)]))
            self._rest = rest[int(length) + 1 :]
