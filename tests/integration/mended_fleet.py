# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in networks of its own whose services hold what they loaded last, so that a fault is on disk, in memory or in a packet filter.

The softswitch answers SIP over TLS and checks revocation. Its reload command has it read its files, and fails where it cannot. A gateway
that is reloaded registers by a mutually authenticated connection, or is not registered any more.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import ssl
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.tests.integration.fleet import GATEWAYS
from ansible_collections.siptls.vos.tests.integration.network import NetworkHost, joined
from ansible_collections.siptls.vos.tests.integration.sip_peer import SipPeer
from ansible_collections.siptls.vos.tests.integration.verified_fleet import VerifiedFleet

__all__ = ["GATEWAY_ADDRESS", "NAME", "MendedFleet"]

NAME, ADDRESS, GATEWAY_ADDRESS = "vos.example.com", "192.0.2.1", "192.0.2.11"
_REGISTER = """#!/bin/sh
cd "$1/etc/certs" || exit 1
rm -f "$2"
grep -q '^transport = tls' "$1/etc/gateway.conf" || exit 0
(printf 'OPTIONS sip:example.com SIP/2.0\\r\\nVia: SIP/2.0/TLS %s;branch=z9hG4bK1\\r\\nFrom: <sip:%s@example.com>;tag=1\\r\\n' gw "$4"
  printf 'To: <sip:example.com>\\r\\nCall-ID: 1\\r\\nCSeq: 1 OPTIONS\\r\\nContent-Length: 0\\r\\n\\r\\n'; sleep 0.3) |
  timeout 5 openssl s_client -quiet -connect "$3" -cert gateway.crt -cert_chain gateway.crt -key gateway.key -CAfile ca.crt \\
    -verify_return_error >"$1/answer" 2>&1
if grep -q 'SIP/2.0 200' "$1/answer"; then
  echo "sip:$4@example.com $(openssl x509 -in gateway.crt -noout -serial | sed 's/serial=//') 7" >"$2"
fi
"""
# What has the process of the test reload the softswitch, and waits until it has
_RELOAD = """#!/bin/sh
touch "$1/asked"
while [ -e "$1/asked" ]; do sleep 0.05; done
echo reloaded >>"$1/reloads"
[ ! -e "$1/refused" ] || { cat "$1/refused" >&2; exit 1; }
"""


class MendedFleet(VerifiedFleet):
    """See above. :meth:`close` ends it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, GATEWAYS)
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{ADDRESS} {NAME}\n")
        names = f"mount --bind {folder}/hosts /etc/hosts"
        # Units of this test alone; systemd is not running, so it links them and starts nothing
        self.softswitch = NetworkHost(f"{names} && mount -t tmpfs -o mode=0755 units /etc/systemd/system")
        # Old firmware has another configuration of OpenSSL
        shutil.copytree("/etc/ssl", folder / "ssl", symlinks=True)
        self.outside = NetworkHost(f"{names} && mount --bind {folder}/ssl /etc/ssl")
        joined(self.softswitch, self.outside, [f"{ADDRESS}/24"], [f"{GATEWAY_ADDRESS}/24"])
        for name, text in (("register.sh", _REGISTER), ("reload.sh", _RELOAD)):
            (folder / name).write_text(text)
        for name, host in (("vos", self.softswitch), ("gateway", self.outside)):
            shell = folder / f"shell-{name}"
            shell.write_text(f'#!/bin/sh\nexec {" ".join(host.enter)} /bin/sh "$@"\n')
            shell.chmod(0o755)
        self.state = folder / "state"
        self.state.mkdir()
        self._ends = threading.Event()
        self._manager = threading.Thread(target=self._manage)
        self._manager.start()

    def begin(self) -> None:
        """Sets it up and has every gateway registered."""
        done = self.site()
        assert done.returncode == 0, done.stdout + done.stderr
        self.restart(*self.gateways)

    def close(self) -> None:
        """Ends all of it."""
        self._ends.set()
        self._manager.join()
        self.end()
        self.softswitch.close()
        self.outside.close()

    def serve(self) -> None:
        """What a restart of the softswitch does: its files as they are now. Where it cannot read them, it goes on as before."""
        served, certs = self.folder / "served", self.certs("vos")
        served.mkdir(exist_ok=True)
        for name, file in (("good.crt", "vos_server.crt"), ("good.key", "vos_server.key"), ("ca.crt", "ca_bundle.crt")):
            shutil.copy(certs / file, served / name)
        shutil.copy(self.device("vos") / "etc/crl.pem", served / "crl.pem")
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(served / "good.crt", served / "good.key")
        self.end()
        self.peer = self.softswitch.call(self._peer, served)

    def _peer(self, served: Path) -> SipPeer:
        return SipPeer(served, self._answers, port=self.port, address="0.0.0.0", crl=served / "crl.pem")

    def restart(self, *gateways: str) -> None:
        """Has gateways register with the files that they have now."""
        for name in gateways:
            self.outside.run("sh", "-c", self._gateway(name)["gateway_reload_command"])

    def registered(self) -> str:
        """What the softswitch says of its registrations."""
        return "".join(sorted(one.read_text() for one in self.state.glob("*.registered")))

    def diagnose(self, *options: str) -> tuple[int, dict[str, Any]]:
        """Runs siptls.vos.diagnose for gw1. Its exit status and report."""
        report = self.folder / "diagnosis/gw1.json"
        report.unlink(missing_ok=True)
        done = self.play(
            "siptls.vos.diagnose", "-e", "device=gw1", "-e", "diagnose_timeout=10s", *options,
            changed={name: self._address(name) for name in self.gateways},
        )  # fmt: skip
        assert report.exists(), done.stdout + done.stderr
        return done.returncode, json.loads(report.read_text())

    def take(self, steps: list[dict[str, Any]]) -> None:
        """Does what a remedy says, step by step, as an operator would paste it."""
        sources: list[str] = []
        for at, step in enumerate(steps):
            words = list(step["arguments"])
            if step["inventory"]:
                source = self.folder / f"operator-{at}.json"
                source.write_text(json.dumps({"all": {"hosts": {step["host"]: step["inventory"]}}}))
                sources += ["-i", str(source)]
            if not words:
                assert step["inventory"], f"by hand: {step['words']}"
                continue
            # After the inventories of the fleet: what the operator has set there comes last
            words += sources
            # raw takes no heed of the shell of a host
            shell = self.folder / ("shell-vos" if step["host"] == "vos" else "shell-gateway")
            done = subprocess.run(
                words, cwd=self.folder, env=self._environment({"SYSTEMD_OFFLINE": "1", "ANSIBLE_EXECUTABLE": str(shell)}),
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=240,
            )  # fmt: skip
            assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"

    def digests(self, *hosts: str) -> dict[str, str]:
        """Of every file of these hosts, but for what their services write themselves."""
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for host in hosts
            for path in sorted(self.device(host).rglob("*"))
            if path.is_file() and path.name not in ("answer", "reloads")
        }

    def rules(self) -> str:
        """What the kernel of the softswitch has."""
        return self.softswitch.run("nft", "-s", "list", "ruleset").stdout

    def _manage(self) -> None:
        while not self._ends.wait(0.03):
            if (self.state / "asked").exists():
                (self.state / "refused").unlink(missing_ok=True)
                try:
                    self.serve()
                except (OSError, ssl.SSLError) as error:
                    (self.state / "refused").write_text(f"vos: {error}\n")
                with suppress(FileNotFoundError):
                    (self.state / "asked").unlink()

    def _address(self, name: str) -> dict[str, Any]:
        return {"gateway_address": GATEWAY_ADDRESS} if name == "gw1" else {"gateway_address": []}

    def _softswitch(self) -> dict[str, Any]:
        return {
            **super()._softswitch(),
            "ansible_shell_executable": str(self.folder / "shell-vos"),
            "vos_reload_command": f"sh {self.folder}/reload.sh {self.state}",
            "vos_reload_interval": "1s",
            "vos_tls_connect": f"{NAME}:{self.port}",
            "vos_tls_port": self.port,
            "vos_registrations_command": f"cat {self.state}/*.registered 2>/dev/null || :",
            "allowlist_directory": str(self.device("vos") / "allowlist"),
        }

    def _gateway(self, name: str) -> dict[str, Any]:
        script = (
            f"{self.folder}/register.sh {self.device(name)} {self.state}/{name}.registered {NAME}:{self.port} {name}"
        )
        return {
            **super()._gateway(name),
            "ansible_shell_executable": str(self.folder / "shell-gateway"),
            "gateway_register": f"sip:{NAME}:{self.port}",
            "gateway_reload_command": f"sh {script}",
            "gateway_calls_command": "echo 0",
            "gateway_registered_within": "5s",
            **self._address(name),
        }
