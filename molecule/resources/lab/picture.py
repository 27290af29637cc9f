# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What softswitch and gateways hold at one moment, for comparison with a later one.

python -m lab.picture FILE gw1 gw2      takes it of the softswitch and these gateways, and writes it as JSON
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.calls import Line, datagrams, lines
from lab.registrar import SOFTSWITCH, podman_exec

GATEWAY_CERTIFICATE = "/etc/gateway/certs/gateway.crt"
SOFTSWITCH_CERTIFICATE = "/etc/vos/certs/vos_server.crt"


@dataclass(frozen=True)
class Gateway:
    """One gateway.

    :ivar on_disk: serial number of the certificate that it has
    :ivar registered: serial number of the one that it is registered with; empty where it is not
    :ivar started: when its service was started, as systemd writes it
    :ivar calls: that it has
    :ivar arrived: datagrams of media that have reached it so far
    :ivar sent: those that have left it by the same moment
    """

    on_disk: str
    registered: str
    started: str
    calls: list[Line]
    arrived: int
    sent: int


@dataclass(frozen=True)
class Picture:
    """All of them.

    :ivar time: seconds since 1970
    :ivar on_disk: serial number of the certificate that the softswitch has
    :ivar connections: by peer, the serial number of the certificate that the softswitch served on it
    """

    time: float
    on_disk: str
    started: str
    connections: dict[str, str]
    gateways: dict[str, Gateway]

    def held(self) -> dict[str, tuple[str, str, str]]:
        """By gateway, what nobody changes who does not touch it: its certificate on disk and in use, and the start of its service."""
        return {name: (one.on_disk, one.registered, one.started) for name, one in self.gateways.items()}


def take(gateways: list[str]) -> Picture:
    """A picture of now."""
    registered = {aor: serial for aor, serial, _age in map(str.split, said("vos_registrations"))}
    on_disk, started = device(SOFTSWITCH, SOFTSWITCH_CERTIFICATE, "vos")
    return Picture(
        time=time.time(),
        on_disk=on_disk,
        started=started,
        connections={peer: serial for peer, serial, _age in map(str.split, said("vos_connections"))},
        gateways={name: gateway(name, registered.get(f"sip:{name}@example.com", "")) for name in gateways},
    )


def gateway(name: str, registered: str) -> Gateway:
    """A gateway as it is now."""
    on_disk, started = device(f"siptls-{name}", GATEWAY_CERTIFICATE, "gateway")
    arrived, sent = datagrams(name)
    return Gateway(on_disk, registered, started, calls=lines(name), arrived=arrived, sent=sent)


def read(file: Path) -> Picture:
    """A picture from its file."""
    content = json.loads(file.read_text())
    for one in content["gateways"].values():
        one["calls"] = [Line(**call) for call in one["calls"]]
    return Picture(**{**content, "gateways": {name: Gateway(**one) for name, one in content["gateways"].items()}})


def said(command: str) -> list[str]:
    """The lines of one of the commands by which the softswitch tells what it holds."""
    return podman_exec(SOFTSWITCH, command).splitlines()


def device(container: str, certificate: str, service: str) -> tuple[str, str]:
    """Serial number of its certificate, as the softswitch writes it, and when its service was started, as systemd does."""
    program = (
        f"openssl x509 -in {certificate} -noout -serial; "
        f"systemctl show --property ExecMainStartTimestamp --value {service}"
    )
    serial, started = podman_exec(container, "sh", "-euc", program).splitlines()
    return f"{int(serial.partition('=')[2], 16):X}", started


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(asdict(take(sys.argv[2:])), indent=2) + "\n")
