# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that was on plain SIP before: real REGISTER requests over UDP, and mutual TLS as in :mod:`registered_fleet` once it is set up.

What a gateway does at a reload is what its configuration file says by then.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Request
from ansible_collections.siptls.vos.plugins.module_utils.sip.stream import MessageReader
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet
from ansible_collections.siptls.vos.tests.integration.sip_peer import answer

__all__ = ["PlainFleet", "PlainRegistrar"]

PLAIN_DOMAIN = '<sip_domain name="example.com">\n  <transport protocol="udp" port="5060"/>\n</sip_domain>\n'
_RELOAD_GATEWAY = """#!/bin/sh
# reload_gateway.sh DEVICE TLS_PORT REGISTER: a restart; it ends its registrations, and registers as its configuration says
set -u
unset SIPTLS_RECORD
value() { sed -n "s/^ *$1 *[=:] *//p" "$device/etc/gateway.conf" | sed -n '1s/ *;.*//;1p'; }
device=$1
[ ! -e "$device/refuses" ] || { echo "it does not start"; exit 1; }
rm -f "$device/registered" "$device/plain"
case $(value transport) in
  tls) sh "$3/register.sh" "$device" "$2" ;;
  udp) python3 "$3/register_plain.py" "${device##*/}" "$(value register)" ;;
esac
"""
_REGISTER_PLAIN = """\
import socket, sys
name, registrar = sys.argv[1:]
host, port = registrar.removeprefix("sip:").split(":")
aor = f"<sip:{name}@example.com>"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
    sending.settimeout(0.5)
    sending.connect((host, int(port)))
    via = "127.0.0.1:%d" % sending.getsockname()[1]
    lines = [f"REGISTER {registrar} SIP/2.0", f"Via: SIP/2.0/UDP {via};branch=z9hG4bK{name}", f"From: {aor};tag=1", f"To: {aor}",
             f"Call-ID: {name}@{via}", "CSeq: 1 REGISTER", f"Contact: <sip:{name}@{via}>", "Max-Forwards: 70", "Content-Length: 0", "", ""]
    for _attempt in range(3):
        try:
            sending.send("\\r\\n".join(lines).encode())
            sending.recv(4096)
            break
        except OSError:
            continue
"""
_RELOAD_SOFTSWITCH = """#!/bin/sh
# reload_softswitch.sh ETC PORT FOLDER: a TLS listener where tls.conf names a certificate, and none otherwise
set -eu
unset SIPTLS_RECORD
if grep -q '^cert_file' "$1/tls.conf"; then
  exec sh "$3/serve.sh" "$1" "$2"
fi
[ ! -e "$1/../keeps_listening" ] || exit 0
if [ -f "$1/pid" ]; then kill "$(cat "$1/pid")" 2>/dev/null || :; fi
rm -f "$1/pid" "$1"/served.*
"""


class PlainRegistrar:
    """The softswitch's port for plain SIP, over UDP. It keeps who is registered in a file of the gateway's folder."""

    def __init__(self, devices: Path) -> None:
        self._devices = devices
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        #: gateways that get no answer
        self.deaf: set[str] = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            octets, peer = self._socket.recvfrom(65536)
            if not octets:
                return
            for message in MessageReader().feed(octets):
                if isinstance(message, Request) and message.method == "REGISTER":
                    name = next(one.value for one in message.headers if one.name == "To").split(":")[1].split("@")[0]
                    if name not in self.deaf:
                        (self._devices / name / "plain").write_text("-\n")
                        self._socket.sendto(answer(message, 200, "OK").render(), peer)


class PlainFleet(RegisteredFleet):
    """See above. Its devices have the configuration of before, and its gateways are registered over plain SIP."""

    def __init__(self, folder: Path, gateways: tuple[str, ...]) -> None:
        super().__init__(folder, gateways)
        self.report = folder / "remove-report.json"
        for name, text in (
            ("reload_gateway.sh", _RELOAD_GATEWAY),
            ("register_plain.py", _REGISTER_PLAIN),
            ("reload_softswitch.sh", _RELOAD_SOFTSWITCH),
        ):
            (folder / name).write_text(text)
        (folder / "devices").mkdir()
        self.registrar = PlainRegistrar(folder / "devices")
        for name in gateways:
            conf = self.device(name) / "etc/gateway.conf"
            conf.parent.mkdir(parents=True)
            conf.write_text(
                f"; of the installer\n[sip]\nregister = sip:127.0.0.1:{self.registrar.port} ; port of the old switch\n"
                "transport = udp\nuser = " + name + "\n\n[media]\nports = 10000-10100\n"
            )
            conf.chmod(0o640)
        etc = self.device("vos") / "etc"
        (etc / "sip_domains").mkdir(parents=True)
        (etc / "tls.conf").write_text("[general]\nworkers = 4\n")
        (etc / "sip_domains/example.com.xml").write_text(PLAIN_DOMAIN)
        (etc / "sip_domains/example.com.xml").chmod(0o600)

    def end(self) -> None:
        super().end()
        self.registrar.close()

    def configured(self) -> dict[str, tuple[int, bytes | str]]:
        """By path, mode and content of everything that the devices are configured by."""
        found: dict[str, tuple[int, bytes | str]] = {}
        for name in ("vos", *self.gateways):
            for path in sorted((self.device(name) / "etc").rglob("*")):
                if path.name == "pid" or path.name.startswith("serve"):
                    continue
                content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
                found[str(path.relative_to(self.folder / "devices"))] = (path.lstat().st_mode & 0o7777, content)
        return found

    def plain(self) -> set[str]:
        """The gateways that are registered over plain SIP."""
        return {name for name in self.gateways if (self.device(name) / "plain").exists()}

    def serves(self) -> bool:
        """Whether the softswitch has its TLS listener."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def causes(self) -> dict[str, str]:
        """By device, as the report has it."""
        return {entry["device"]: entry["cause"] for entry in json.loads(self.report.read_text())["devices"]}

    def _softswitch(self) -> dict[str, Any]:
        etc, gateways = self.device("vos") / "etc", " ".join(self.gateways)
        return {
            **super()._softswitch(),
            "vos_sip_domains": [{"name": "example.com", "srtp_require": False}],
            "vos_crl_file": f"{etc}/crl.pem",
            "vos_crl_alarm": False,
            "vos_reload_command": f"sh {self.folder}/reload_softswitch.sh {etc} {self.port} {self.folder}"
            f" && echo reloaded >>{etc.parent}/reloads",
            "vos_registrations_command": f"for g in {gateways}; do for f in registered plain; do"
            f' f={self.folder}/devices/$g/$f; [ ! -f "$f" ] || echo "sip:$g@example.com $(cat "$f") 5"; done; done',
        }

    def _gateway(self, name: str) -> dict[str, Any]:
        device = self.device(name)
        return {
            **super()._gateway(name),
            "gateway_reload_command": f"sh {self.folder}/reload_gateway.sh {device} {self.port} {self.folder}"
            f" && echo reloaded >>{device}/reloads",
        }
