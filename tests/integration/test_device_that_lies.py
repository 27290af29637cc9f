# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a device answers, in every action that converses with one: a clear failure of that device, and nothing happens to others.

A lie is one line of the table below; connections/lying.py knows how to tell it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Outcome, Play
from ansible_collections.siptls.vos.tests.integration.tasks import Task, gateway
from ansible_collections.siptls.vos.tests.integration.verified_fleet import VerifiedFleet

CONNECTIONS = Path(__file__).resolve().parent / "connections"
ENVIRONMENT = {"ANSIBLE_CONNECTION_PLUGINS": str(CONNECTIONS)}
MARKER = "{{ lookup('pipe', 'touch marker') }}"
CERTS = "{{ device }}/certs"

#: What converses with a device, one task each.
CONVERSATIONS: dict[str, Task] = {
    "device_certificate": gateway(),
    "device_files": {"siptls.vos.device_files": {"files": [{"path": "{{ device }}/x.conf", "content": "a = 1\n"}]}},
    "sip_probe": {
        "siptls.vos.sip_probe": {
            "aor": "sip:gw1@localhost", "connect": "127.0.0.1:9", "trust_bundle": f"{CERTS}/ca.crt",
            "timeout": "1s", "register": "none",
        }
    },
    "srtp_probe": {
        "siptls.vos.srtp_probe": {
            "aor": "sip:gw1@localhost", "connect": "127.0.0.1:9", "trust_bundle": f"{CERTS}/ca.crt", "timeout": "1s", "to": "600",
        }
    },
    "verification": {
        "siptls.vos.verification": {
            "kind": "gateway", "pki": "pki", "authority": "issuing", "aor": "sip:gw1@example.com",
            "identity": {"common_name": "gw1", "sip_uris": ["sip:gw1@example.com"]},
            "certificate": f"{CERTS}/gateway.crt", "private_key": f"{CERTS}/gateway.key",
            "trust_bundle": f"{CERTS}/ca.crt", "probe": False,
        }
    },
    "diagnosis": {
        "siptls.vos.diagnosis": {
            "aor": "sip:gw1@localhost", "configuration": "{{ device }}/gateway.conf", "connect": "127.0.0.1:9",
            "certificate": f"{CERTS}/gateway.crt", "private_key": f"{CERTS}/gateway.key", "trust_bundle": f"{CERTS}/ca.crt",
            "timeout": "1s",
        }
    },
    "registrations": {"siptls.vos.registrations": {"command": "echo sip:gw1@example.com 0a 7"}},
    "served_certificate": {"siptls.vos.served_certificate": {"certificate": "/etc/hostname", "connect": "127.0.0.1:9"}},
    "session_resumption": {"siptls.vos.session_resumption": {"connect": "127.0.0.1:9", "attempts": 1}},
    "crl_info": {"siptls.vos.crl_info": {"path": "/etc/hostname"}},
    "handshake_failures": {"siptls.vos.handshake_failures": {"path": "{{ device }}/failures.json"}},
    "preflight": {"siptls.vos.preflight": {"folders": ["{{ device }}"]}},
    "device_archive": {"siptls.vos.device_archive": {"source": "archive.tar", "path": "{{ device }}/archive"}},
}  # fmt: skip
UNFINISHED = r"the device did not run \w+\.sh to its end"
#: By lie: what the task has to say; None where it may also take it for an answer, or say something else that is clear.
LIES: dict[str, str | None] = {
    "login shell": UNFINISHED + r".*exit status 0, This account is not available",
    "nothing": UNFINISHED,
    "cut": UNFINISHED,
    "no end": UNFINISHED,
    "marks of another run": UNFINISHED,
    "template": re.escape(MARKER),
    "gbk": r"\\xb4\\xc5\\xc5\\xcc\\xd2\\xd1\\xc2\\xfa",
    "escapes": r"\\x1b\]0;owned\\x07\\x1b\[2J\\u202egnp.exe\\u2066\\u200b\\xff\\x00 " + re.escape(MARKER),
    "noise": r"\w+\.sh failed with exit status 2",
    "banner": r"Data could not be sent: \\x1b\]0;owned",
    "exit 255": r"\\x1b\]0;owned",
    "endless": r"the output of \w+\.sh is too long",
    "silent": r"the device did not finish \w+\.sh in time",
    "wild fields": None,
    "long clock": None,
    "clock with a unit": None,
    "no clock": None,
    "no base64": None,
    "crlf": None,
}
UNREACHABLE = ("banner", "exit 255")
#: These tell of a device that cannot be asked as of every other finding.
FINDS = ("verification",)
LIMITS = {"siptls_device_time_limit": 3, "siptls_device_output_limit": 300_000}


def lying(kind: str, **more: Any) -> dict[str, Any]:
    """The variables of a host that tells this lie."""
    return {"ansible_connection": "lying", "ansible_lie": json.dumps({"kind": kind, **more}), **LIMITS}


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufffd\ud800-\udfff]")


def raw_controls(outcome: Outcome) -> list[str]:
    """What a terminal would obey, in all that was printed and returned."""
    return _CONTROLS.findall(outcome.output) + _CONTROLS.findall(json.dumps(outcome.results, ensure_ascii=False))


@pytest.fixture(autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever looks at all processes of the machine does so while no other worker of this run has any."""
    with (tmp_path_factory.getbasetemp().parent / "lies.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.mark.nightly(
    "crl_info",
    "device_archive",
    "device_files",
    "handshake_failures",
    "registrations",
    "served_certificate",
    "session_resumption",
    "srtp_probe",
)
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_every_lie_in_every_conversation_is_a_clear_failure_of_that_device_alone(
    play: Play, pki: Path, name: str
) -> None:
    (play.folder / "archive.tar").write_bytes(b"\0" * 1024)
    honest = "gw9"
    hosts = {honest: {**LIMITS}, **{f"gw-{at}": lying(kind) for at, kind in enumerate(LIES)}}
    began = time.monotonic()
    task = {**CONVERSATIONS[name], "name": "The task"}
    outcome = play.start([task], hosts=hosts, forks=8, environment=ENVIRONMENT).finish()
    assert time.monotonic() - began < 120
    assert not list(play.folder.rglob("marker"))
    assert "Traceback" not in outcome.output
    assert "a fault of the collection" not in outcome.output
    assert raw_controls(outcome) == []
    honestly = json.dumps(outcome.of(honest))
    assert "siptls_device" not in honestly
    assert not re.search(UNFINISHED, honestly)
    for at, (kind, words) in enumerate(LIES.items()):
        result = outcome.of(f"gw-{at}")
        said = json.dumps(result.get("device", result), ensure_ascii=False).replace("\\\\", "\\")
        if words:
            assert re.search(words, said), f"{kind}: {said[:3000]}"
            if name not in FINDS:
                assert result["status"] == ("unreachable" if kind in UNREACHABLE else "failed"), kind
        assert len(said) < 60_000, kind
    assert marked("141421356237", "1732.05") == []


def marked(*marks: str) -> list[str]:
    """The processes with one of these in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if any(mark in words for mark in marks) and str(os.getpid()) != path.parent.name:
            found.append(words)
    return found


def test_whoever_hangs_stops_nobody_and_costs_the_time_limit_once(play: Play, pki: Path) -> None:
    """Two conversations of one task, and another task after it: what hangs at the first is not asked again by that task."""
    hosts = {"gw1": lying("silent"), "gw2": {}, "gw3": {}}
    began = time.monotonic()
    tasks = [{**CONVERSATIONS["sip_probe"], "name": "Probe", "failed_when": False}]
    outcome = play.start(tasks, hosts=hosts, environment=ENVIRONMENT).finish()
    assert time.monotonic() - began < 30
    assert re.search(r"siptls_device_time_limit \(seconds\)", outcome.of("gw1")["msg"])
    assert "expected: an end within 4 s" in outcome.of("gw1")["msg"].lower()


@pytest.mark.parametrize("value", ["0", "-1", "{{ 'x' }}", "1.5", 10**9])
def test_a_limit_that_is_none_is_refused(play: Play, value: Any) -> None:
    hosts = {"gw1": {"siptls_device_time_limit": value}}
    assert "siptls_device_time_limit is no limit" in play(
        [CONVERSATIONS["preflight"]], hosts=hosts, fails=True
    ).message("gw1")


SUDO = r"""#!/bin/sh
# As sudo with requiretty
[ -t 0 ] || { echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1; }
while [ "$1" != -u ]; do shift; done
shift 2
exec "$@"
"""
PUBLIC = {"name": "Look", "siptls.vos.preflight": {"folders": ["{{ device }}"]}}
SECRET = {
    "name": "A secret",
    "siptls.vos.device_files": {
        "files": [
            {"path": "{{ device }}/x.conf", "content": "password = secret-8rjq\n", "sensitive": True, "mode": "0600"}
        ]
    },
}


@pytest.mark.parametrize("way", ["requiretty", "-tt", "-tt and requiretty"])
def test_over_a_terminal_a_script_is_an_argument_or_a_file_and_a_secret_is_never_seen(
    play: Play, pki: Path, way: str
) -> None:
    """With pipelining off, as Ansible's own modules do it. On standard input it would be refused, or wait for ever."""
    sudo = play.folder / "sudo"
    sudo.write_text(SUDO)
    sudo.chmod(0o755)
    device = {"ansible_connection": "lying", "ansible_lie_tty": "forced" if "-tt" in way else "auto", **LIMITS}
    if "requiretty" in way:
        device |= {"ansible_become": True, "ansible_become_exe": str(sudo), "ansible_become_method": "sudo"}
    tasks = [PUBLIC, {**gateway(), "name": "The certificate"}, SECRET]
    outcome = play.start(
        tasks,
        hosts={"gw1": {**device, "siptls_device_time_limit": 20}},
        environment={**ENVIRONMENT, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_BECOME_ALLOW_SAME_USER": "1"},
        verbosity=3,
    ).finish(60)
    assert outcome.rc == 0, outcome.output
    assert (play.device("gw1") / "x.conf").read_text() == "password = secret-8rjq\n"
    assert "secret-8rjq" not in outcome.output
    assert [path for path in play.folder.rglob("script") if path.is_file()] == []


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerifiedFleet]:
    """A fleet in which everything is as it should be, and that nothing below changes."""
    fleet = VerifiedFleet(tmp_path_factory.mktemp("fleet"), ("gw1", "gw2", "gw3", "gw4"))
    fleet.begin()
    yield fleet
    fleet.end()


#: By playbook, what it has to say of the device whose message is a template, and of the one whose connection says such things.
PLAYBOOKS = {
    "siptls.vos.rotate --check": ("gw1 +refused +.*" + re.escape(MARKER), "gw2"),
    "siptls.vos.verify": ("gw1: unreachable.*" + re.escape(MARKER), "gw2: unreachable.*owned.*" + re.escape(MARKER)),
    "siptls.vos.report": ("report.html", "gw4"),
    "siptls.vos.diagnose": (re.escape(MARKER), r"\\x1b\]0;owned.*" + re.escape(MARKER)),
    "siptls.vos.diagnose -e device=gw2:gw4": ("gw4", "gw2.*owned"),
}


@pytest.mark.nightly("siptls.vos.diagnose", "siptls.vos.report")
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_what_devices_say_is_shown_by_every_playbook_and_run_by_none(fleet: VerifiedFleet, playbook: str) -> None:
    """On the controller a lookup is a command. The texts come from a script that fails, and from ssh itself."""
    changed = {name: lying(kind) for name, kind in {"gw1": "template", "gw2": "banner", "gw3": "gbk"}.items()}
    if "diagnose" in playbook and "device" not in playbook:
        changed["vos"] = lying("template")
    name, *options = playbook.split()
    done = fleet.play(name, *options, changed=changed, environment=ENVIRONMENT)
    said = done.stdout + done.stderr
    assert not list(fleet.folder.rglob("marker"))
    assert "Traceback" not in said
    assert "a fault of the collection" not in said
    assert _CONTROLS.findall(said) == []
    for words in PLAYBOOKS[playbook]:
        assert re.search(words, said), said
    if "diagnose" not in playbook:
        assert re.search(r"gw4 +: ok=\d+ .*unreachable=0 +failed=0", said), said
