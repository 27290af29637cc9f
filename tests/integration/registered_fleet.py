# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet whose softswitch serves TLS and whose gateways really connect to it: tls_server.py and s_client in the places of SIP.

The softswitch serves the certificate that it read at its last reload. A gateway that is reloaded makes a mutually authenticated
connection with its certificate; where that works, it is registered with the serial number that the softswitch's side verified.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.tests.integration.fleet import GATEWAYS, Fleet

__all__ = ["RegisteredFleet", "serial_of"]

_SERVE = """#!/bin/sh
# serve.sh ETC PORT: ends the server of the last reload, and starts one with the files as they are now
set -eu
# A service is no part of the run that reloads it
unset SIPTLS_RECORD
cd "$1/certs"
openssl verify -CAfile ca_bundle.crt -untrusted vos_server.crt vos_server.crt >/dev/null
if [ -f "$1/pid" ]; then kill "$(cat "$1/pid")" 2>/dev/null || :; fi
rm -f "$1/served.up"
cp vos_server.crt "$1/served.crt"
cp vos_server.key "$1/served.key"
cp ca_bundle.crt "$1/served.ca"
# Once a CRL expires, everybody is refused
rm -f "$1/served.crl"
if [ -f "$1/crl.pem" ]; then
  cp "$1/crl.pem" "$1/served.crl"
  # Who was revoked is disconnected
  for device in "$1"/../../*; do
    own=$device/etc/certs/gateway.crt
    if openssl verify -crl_check_all -CRLfile "$1/served.crl" -CAfile "$1/served.ca" -untrusted "$own" "$own" 2>&1 |
      grep -q 'certificate revoked'; then rm -f "$device/registered"; fi
  done
fi
n=0
while :; do
  nohup python3 -I {server} "$2" "$1/served" >>"$1/server.log" 2>&1 </dev/null &
  echo $! >"$1/pid"
  w=0
  while kill -0 "$(cat "$1/pid")" 2>/dev/null && [ ! -e "$1/served.up" ] && [ $w -lt 100 ]; do sleep 0.05; w=$((w + 1)); done
  if kill -0 "$(cat "$1/pid")" 2>/dev/null; then exit 0; fi
  n=$((n + 1))
  [ $n -lt 30 ] || exit 1
done
"""
_REGISTER = """#!/bin/sh
# register.sh DEVICE PORT: what a gateway does at its start; the softswitch knows it by the certificate that it verified
set -u
cd "$1/etc/certs" || exit 1
rm -f "$1/registered"
[ ! -e "$1/broken" ] || exit 0
# A softswitch that restarts has no listener for a moment
for _try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  (printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 0.3) |
    openssl s_client -quiet -connect "127.0.0.1:$2" -cert gateway.crt -cert_chain gateway.crt \\
    -key gateway.key -CAfile ca.crt -verify_return_error >"$1/answer" 2>&1
  grep -q 'Connection refused' "$1/answer" || break
  sleep 0.1
done
if grep -q 'HTTP/1.0 200' "$1/answer"; then
  openssl x509 -in gateway.crt -noout -serial | sed 's/serial=//' >"$1/registered"
fi
"""


def serial_of(certificate: Path) -> str:
    """As the reports have it."""
    said = subprocess.run(
        ["openssl", "x509", "-in", str(certificate), "-noout", "-serial"], check=True, capture_output=True, text=True
    )
    return said.stdout.strip().removeprefix("serial=").lower()


class RegisteredFleet(Fleet):
    """See above. :meth:`end` ends the server."""

    def __init__(self, folder: Path, gateways: tuple[str, ...] = GATEWAYS) -> None:
        super().__init__(folder, gateways)
        self.report = folder / "rotation-report.json"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for name, text in (("serve.sh", _SERVE), ("register.sh", _REGISTER)):
            (folder / name).write_text(text.replace("{server}", str(Path(__file__).with_name("tls_server.py"))))

    def end(self) -> None:
        """Ends the server of the softswitch."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.device("vos") / "etc/pid").read_text()), signal.SIGTERM)

    def outcomes(self) -> dict[str, str]:
        """By device, as the report has it."""
        return {entry["device"]: entry["outcome"] for entry in self.reported().values()}

    def reported(self) -> Mapping[str, dict[str, Any]]:
        """The devices of the report, by name."""
        return {entry["device"]: entry for entry in json.loads(self.report.read_text())["devices"]}

    def registered(self) -> dict[str, str]:
        """By gateway, the serial number that it is registered with."""
        files = {name: self.device(name) / "registered" for name in self.gateways}
        return {name: path.read_text().strip().lower() for name, path in files.items() if path.exists()}

    def installed(self) -> dict[str, str]:
        """By device, the serial number of the certificate on disk."""
        paths = {name: self.device(name) / "etc/certs/gateway.crt" for name in self.gateways}
        paths["vos"] = self.device("vos") / "etc/certs/vos_server.crt"
        return {name: serial_of(path) for name, path in paths.items()}

    def _softswitch(self) -> dict[str, Any]:
        etc, gateways = self.device("vos") / "etc", " ".join(self.gateways)
        return {
            **super()._softswitch(),
            "vos_reload_command": f"sh {self.folder}/serve.sh {etc} {self.port} && echo reloaded >>{etc.parent}/reloads",
            "vos_reload_interval": "1s",
            "vos_listener_proof": "certificate",
            "vos_registration_proof": "registration",
            "vos_tls_connect": f"127.0.0.1:{self.port}",
            "vos_served_within": "3s",
            "vos_registered_within": "2s",
            "vos_registrations_command": f'for g in {gateways}; do f={self.folder}/devices/$g/registered; '
            '[ ! -f "$f" ] || echo "sip:$g@example.com $(cat "$f") 5"; done',
        }  # fmt: skip

    def _gateway(self, name: str) -> dict[str, Any]:
        device = self.device(name)
        return {
            **super()._gateway(name),
            "gateway_reload_command": f"sh {self.folder}/register.sh {device} {self.port} && echo reloaded >>{device}/reloads",
            "gateway_calls_command": f"cat {device}/calls 2>/dev/null || echo 0",
            "gateway_registered_within": "2s",
            "gateway_register": f"sip:localhost:{self.port}",
            "gateway_when_busy": "defer",
            "gateway_connection_proof": "register",
            "gateway_registration_proof": "certificate",
        }
