# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of a first roll-out: each stops siptls.vos.site before the second gateway is touched, and its cause is named."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet

PLAIN = "; of rack 4\n[sip]\nregister = sip:vos.example.com:5060\ntransport = udp\npassword = seCret-of-gw\n"
Changed = dict[str, dict[str, Any]]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RegisteredFleet]:
    """Two gateways on plain SIP."""
    made = RegisteredFleet(tmp_path)
    for name in made.gateways:
        conf = made.device(name) / "etc/gateway.conf"
        conf.parent.mkdir(parents=True)
        conf.write_text(PLAIN)
    try:
        yield made
    finally:
        made.end()


def conf_of(fleet: RegisteredFleet, name: str) -> str:
    return (fleet.device(name) / "etc/gateway.conf").read_text()


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def key_unreadable(fleet: RegisteredFleet) -> Changed:
    """The service's account is neither owner of the key nor in its group."""
    return {"vos": {"vos_service_user": "nobody"}}


def port_blocked(fleet: RegisteredFleet) -> Changed:
    """Nobody reaches the listener: the reload says that all is well, and the service listens elsewhere."""
    return {"vos": {"vos_reload_command": "true"}}


def key_lost_by_the_service(fleet: RegisteredFleet) -> Changed:
    """The reload says that all is well, and the service is dead, for it cannot read its key."""
    serve = fleet.folder / "serve.sh"
    serve.write_text(serve.read_text().replace('cp vos_server.key "$1/served.key"', 'touch "$1/served.key"'))
    etc = fleet.device("vos") / "etc"
    return {"vos": {"vos_reload_command": f"sh {serve} {etc} {fleet.port} || true"}}


def blocked_from_the_gateways(fleet: RegisteredFleet) -> Changed:
    """The softswitch reaches its own listener, and the first gateway does not."""
    return {"gw1": {"gateway_register": "sip:localhost:1"}}


def wrong_domain(fleet: RegisteredFleet) -> Changed:
    return {"gw1": {"gateway_sip_domain": "example.org", "gateway_hostname": "gw1.example.org"}}


def refused_user(fleet: RegisteredFleet) -> Changed:
    """The registrar does not know the user."""
    refused = fleet.device("vos") / "etc/served.refused"
    refused.parent.mkdir(parents=True)
    refused.write_text("gw1\n")
    return {}


def second_softswitch(fleet: RegisteredFleet) -> Changed:
    """Nobody can tell at which of two softswitches the gateways register."""
    fleet.more_softswitches = {"vos2": {**fleet._softswitch(), "vos_hostname": "vos2.example.com"}}
    return {}


def clock(fleet: RegisteredFleet) -> Changed:
    """A gateway whose clock is a day behind."""
    behind = fleet.folder / "behind"
    behind.mkdir()
    (behind / "date").write_text(
        '#!/bin/sh\nif [ "$*" = +%s ]; then echo $(($(/bin/date +%s) - 86400)); else exec /bin/date "$@"; fi\n'
    )
    (behind / "date").chmod(0o755)
    shell = fleet.folder / "shell-behind"
    shell.write_text(f'#!/bin/sh\nPATH={behind}:$PATH\nexport PATH\nexec /bin/sh "$@"\n')
    shell.chmod(0o755)
    return {"gw1": {"ansible_shell_executable": str(shell), "ansible_executable": str(shell)}}


def crl_missing(fleet: RegisteredFleet) -> Changed:
    """Lists are to be checked, and the root that has to sign one has no passphrase."""
    return {
        "vos": {
            "vos_crl_file": str(fleet.device("vos") / "etc/crl.pem"),
            "vos_crl_alarm": False,
            "pki_root_passphrase": "",
        }
    }


def service_absent(fleet: RegisteredFleet) -> Changed:
    return {
        "gw1": {
            "gateway_service": "no-such-service",
            "gateway_reload_command": "systemctl reload-or-restart no-such-service",
        }
    }


def wrong_reload_command(fleet: RegisteredFleet) -> Changed:
    return {"gw1": {"gateway_reload_command": "/nonexistent/reload"}}


def reload_without_effect(fleet: RegisteredFleet) -> Changed:
    """It ends well, and the gateway goes on as it was."""
    return {"gw1": {"gateway_reload_command": "true"}}


def calls_command_missing(fleet: RegisteredFleet) -> Changed:
    return {"gw2": {"gateway_calls_command": ""}}


def srtp_required(fleet: RegisteredFleet) -> Changed:
    return {"vos": {"vos_srtp_cutover": "staged"}}


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what the run says.

    :ivar said: all of these
    """

    make: Callable[[RegisteredFleet], Changed]
    said: tuple[str, ...]

    def __str__(self) -> str:
        return self.make.__name__


FAULTS = (
    Fault(port_blocked, ("A new connection gets the certificate", "vos", "as they were before")),
    Fault(
        reload_without_effect,
        ("The gateway is registered with its certificate", "sip:gw1@example.com", "is as it was before"),
    ),
    Fault(srtp_required, ("srtp_require", "gw1, gw2", "vos_srtp_cutover: at_once")),
    Fault(key_unreadable, ("account nobody", "vos_certificate_owner: nobody")),
    Fault(key_lost_by_the_service, ("A new connection gets the certificate", "as they were before")),
    Fault(blocked_from_the_gateways, ("Connect to the softswitch as the gateway will", "localhost:1")),
    Fault(wrong_domain, ("gw1: gateway_sip_domain", "example.org", "a SIP domain of vos: example.com")),
    Fault(refused_user, ("Connect to the softswitch as the gateway will", "403")),
    Fault(second_softswitch, ("set gateway_softswitch to one of vos, vos2",)),
    Fault(clock, ("clock: expected at most 300 s off", "behind")),
    Fault(crl_missing, ("pki_root_passphrase",)),
    Fault(service_absent, ("service no-such-service: expected a service of systemd",)),
    Fault(wrong_reload_command, ("the reload failed: /nonexistent/reload", "gw1")),
    Fault(calls_command_missing, ("gw2 does not tell whether calls are up", "gateway_when_busy=force")),
)


def test_without_a_fault_each_gateway_is_moved_and_proven(fleet: RegisteredFleet) -> None:
    done = fleet.site()
    assert done.returncode == 0, done.stdout + done.stderr
    installed = fleet.installed()
    assert fleet.registered() == {name: installed[name] for name in fleet.gateways}
    for name in fleet.gateways:
        assert "transport = tls" in conf_of(fleet, name)
        assert "password = seCret-of-gw" in conf_of(fleet, name)
        # Nothing of what was kept for the way back is left
        assert not list((fleet.device(name) / "etc").glob(".*siptls-[pn]*"))
    assert done.stdout.count("PLAY [Set up the gateways]") == 2
    assert "seCret-of-gw" not in done.stdout + done.stderr
    before = everything(fleet.folder / "devices")
    again = fleet.site()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "changed=1" not in again.stdout
    assert "Connect to the softswitch as the gateway will" not in ran(again)
    assert everything(fleet.folder / "devices") == before


def ran(done: subprocess.CompletedProcess[str]) -> set[str]:
    """The tasks that did something on a host."""
    tasks: set[str] = set()
    name = ""
    for line in done.stdout.splitlines():
        if line.startswith("TASK ["):
            name = line[6:].partition("]")[0].rpartition(" : ")[2]
        elif line.startswith(("ok: ", "changed: ", "fatal: ")):
            tasks.add(name)
    return tasks


@pytest.mark.nightly(
    "blocked_from_the_gateways",
    "calls_command_missing",
    "clock",
    "crl_missing",
    "key_lost_by_the_service",
    "key_unreadable",
    "refused_user",
    "second_softswitch",
    "service_absent",
    "wrong_domain",
    "wrong_reload_command",
)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_of_a_first_rollout_stops_the_run_before_the_second_gateway(
    fleet: RegisteredFleet, fault: Fault
) -> None:
    if fault.make is service_absent and not os.path.exists("/bin/systemctl"):
        fault = Fault(service_absent, ("service no-such-service: expected a service of systemd; found no systemctl",))
    changed = fault.make(fleet)
    before = {name: everything(fleet.device(name)) for name in fleet.gateways}
    done = fleet.site(changed=changed)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    for words in fault.said:
        assert words in said, said
    assert everything(fleet.device("gw2")) == before["gw2"]
    assert conf_of(fleet, "gw1") == PLAIN
    assert not list((fleet.device("gw1") / "etc").glob(".*siptls-[pn]*"))
    assert "seCret-of-gw" not in said


def test_a_run_that_was_killed_before_its_proof_is_proven_by_the_next(fleet: RegisteredFleet) -> None:
    """The configuration is switched and nothing is proven: the next run sees that, and does not take it for done."""
    without: Mapping[str, Any] = {"gateway_registration_proof": "none"}
    assert fleet.site(changed={"gw1": dict(without)}).returncode == 0
    kept = fleet.device("gw1") / "etc/.gateway.conf.siptls-previous"
    kept.write_text(PLAIN)
    (fleet.device("gw1") / "registered").unlink()
    (fleet.device("gw1") / "broken").touch()
    done = fleet.site()
    assert done.returncode == 2, done.stdout
    assert "The gateway is registered with its certificate" in done.stdout + done.stderr
    assert conf_of(fleet, "gw1") == PLAIN
    assert not kept.exists()
