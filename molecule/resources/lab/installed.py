# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet of the scenario ssh: what its operator runs, and what its servers say then."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from lab.registrar import podman_exec
from lab.sip import Answer, request, send

MOLECULE = Path(__file__).resolve().parents[2]
SOFTSWITCHES = {"vos-a": ("gw1", "gw2", "gw3"), "vos-b": ("gw4",)}
GATEWAYS = tuple(gateway for gateways in SOFTSWITCHES.values() for gateway in gateways)
CRL = "/etc/vos/certs/crl.pem"
GATEWAY_CERTIFICATE = "/etc/gateway/certs/gateway.crt"
SOFTSWITCH_CERTIFICATE = "/etc/vos/certs/vos_server.crt"
OWN = (
    "-cert /etc/gateway/certs/gateway.crt",
    "-key /etc/gateway/certs/gateway.key",
    "-CAfile /etc/gateway/certs/ca.crt",
    "-verify_return_error",
)
PATIENCE = 45


@dataclass(frozen=True)
class Done:
    """A command of the operator that has ended, and all that it printed."""

    status: int
    output: str

    @property
    def changed(self) -> dict[str, int]:
        """By device, how many tasks have changed something, as the recap has it."""
        return {
            name: int(count)
            for name, count in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", self.output, re.MULTILINE)
        }


def operate(command: str) -> Done:
    """Runs a command as the operator does: an account of the controller, no terminal."""
    begin = time.monotonic()
    done = subprocess.run(
        [MOLECULE / "resources/as_operator", command], capture_output=True, text=True, check=False, timeout=400
    )
    print(f"\n{time.monotonic() - begin:5.1f} s  {done.returncode}  {command}", end="")
    return Done(done.returncode, done.stdout + done.stderr)


def kept(path: str) -> Any:
    """A JSON document in the home of the operator."""
    return json.loads(operate(f"cat {path}").output)


def on(device: str, script: str) -> str:
    """The output of a script of the shell on a device, without its last line end."""
    return podman_exec(f"siptls-ssh-{device}", "sh", "-euc", script).rstrip("\n")


def try_on(device: str, script: str) -> int:
    """The exit status of a script of the shell on a device."""
    command = ["podman", "exec", f"siptls-ssh-{device}", "sh", "-euc", script]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


def on_disk(device: str) -> str:
    """The serial number of a device's certificate, in capitals."""
    file = SOFTSWITCH_CERTIFICATE if device in SOFTSWITCHES else GATEWAY_CERTIFICATE
    return on(device, f"openssl x509 -in {file} -noout -serial").partition("=")[2].zfill(40)


def issuer(device: str) -> str:
    """The common name of the CA that has issued a device's certificate."""
    file = SOFTSWITCH_CERTIFICATE if device in SOFTSWITCHES else GATEWAY_CERTIFICATE
    return on(device, f"openssl x509 -in {file} -noout -issuer -nameopt RFC2253").partition("CN=")[2]


def registered(softswitch: str) -> dict[str, str]:
    """By gateway, the serial number of the certificate that it is registered with, as the softswitch says."""
    lines = [line.split() for line in on(softswitch, "vos_registrations").splitlines()]
    return {aor.removeprefix("sip:").partition("@")[0]: serial.zfill(40) for aor, serial, _age in lines}


def at_home(but: str = "") -> dict[str, dict[str, str]]:
    """By softswitch, its gateways and the certificates on their disks: what is registered where all is well; without one of them."""
    return {name: {one: on_disk(one) for one in own if one != but} for name, own in SOFTSWITCHES.items()}


def everybody() -> dict[str, dict[str, str]]:
    """By softswitch, who is registered, and with which certificate."""
    return {name: registered(name) for name in SOFTSWITCHES}


def wait_until(holds: Callable[[], bool], patience: int = PATIENCE) -> bool:
    """Whether it did within so many seconds."""
    give_up = time.monotonic() + patience
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.5)
    return True


def served(softswitch: str) -> str:
    """The serial number of the certificate that a new connection gets."""
    name = f"{softswitch}.example.com"
    program = (
        f"openssl s_client -connect {name}:5061 -servername {name} {' '.join(OWN)} </dev/null 2>/dev/null"
        " | openssl x509 -noout -serial"
    )
    return on("gw3", program).partition("=")[2].zfill(40)


def revoked_at(softswitch: str) -> set[str]:
    """The serial numbers in all CRLs that a softswitch goes by, in capitals."""
    blocks = re.findall(r"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", on(softswitch, f"cat {CRL}"), re.DOTALL)
    lists = [x509.load_pem_x509_crl(block.encode()) for block in blocks]
    return {f"{entry.serial_number:040X}" for one in lists for entry in one}


def ask(gateway: str, softswitch: str, *arguments: str) -> Answer:
    """OPTIONS in the name of a gateway, with its own certificate or with these arguments of ``openssl s_client``."""
    return send(
        f"siptls-ssh-{gateway}",
        request("OPTIONS", f"sip:{gateway}@example.com"),
        *(arguments or OWN),
        registrar=f"{softswitch}.example.com",
    )


def calls(gateway: str) -> int:
    """How many calls a gateway has, by its own command."""
    return int(on(gateway, "/usr/local/sbin/gateway_calls"))


def is_called(caller: str, callee: str) -> bool:
    """Whether a call comes about, which is ended at once."""
    on(caller, f"gateway_control dial sip:{callee}@example.com")
    answered = wait_until(lambda: calls(callee) == 1 and "ESTABLISHED" in on(caller, "gateway_control listcalls"), 8)
    on(caller, "gateway_control hangup || :")
    return answered
