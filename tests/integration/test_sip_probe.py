# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OPTIONS and REGISTER over real TLS, with a double for the softswitch's SIP: digest, refusals, silence, a registration of one's own."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Message, Request
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.sip_peer import Answers, SipPeer, answer, seen_from
from ansible_collections.siptls.vos.tests.shared import probe_material

PASSWORD = "of-gw1-Ohgh9ahv"
NONCE = "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34"
BOUND = ("Contact", "<sip:gw1@10.77.0.21:41472;transport=tls>;expires=25")


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    probe_material.write(folder)
    return folder


def fine(request: Request) -> Iterable[Message | bytes | None]:
    """200, and a Contact to a REGISTER."""
    yield answer(request, 200, "OK", *([BOUND] if request.method == "REGISTER" else []))


def says(status: int, reason: str, *more: tuple[str, str]) -> Answers:
    return lambda request: [answer(request, status, reason, *more)]


def softswitch(certs: Path, handlers: Mapping[str, Answers]) -> SipPeer:
    """A softswitch that answers by these handlers, by method."""
    return SipPeer(certs, lambda request: handlers.get(request.method, fine)(seen_from(request)))


def probe(certs: Path, peer: SipPeer, **options: Any) -> dict[str, Any]:
    """The options of the task."""
    return {
        "aor": "sip:gw1@example.com",
        "connect": f"127.0.0.1:{peer.port}",
        "certificate": str(certs / "gw1.crt"),
        "private_key": str(certs / "gw1.key"),
        "trust_bundle": str(certs / "ca.crt"),
        "timeout": "20s",
        **options,
    }


class Registrar:
    """Wants a password by digest, as a registrar of RFC 8760 does."""

    def __init__(self, *algorithms: str, password: str = PASSWORD, stale_first: bool = False) -> None:
        self.algorithms = algorithms
        self.password = password
        self.stale_first = stale_first
        self.answered: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Iterable[Message]:
        value = request.value("Authorization")
        if value is None:
            return [self._challenge(request, "false")]
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', value))
        self.answered.append(given)
        if self.stale_first and len(self.answered) == 1:
            return [self._challenge(request, "true")]
        if given["response"] != self._expected(given, request.method):
            return [self._challenge(request, "false")]
        return fine(request)  # type: ignore[return-value]  # messages, all of them

    def _challenge(self, request: Request, stale: str) -> Message:
        text = f'Digest realm="example.com", nonce="{NONCE}{len(self.answered)}", qop="auth", stale={stale}, algorithm='
        return answer(request, 401, "Unauthorized", *(("WWW-Authenticate", text + one) for one in self.algorithms))

    def _expected(self, given: Mapping[str, str], method: str) -> str:
        def digest(text: str) -> str:
            name = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}[given["algorithm"]]
            return hashlib.new(name, text.encode()).hexdigest()

        secret = digest(f"{given['username']}:example.com:{self.password}")
        what = digest(f"{method}:{given['uri']}")
        return digest(f"{secret}:{given['nonce']}:{given['nc']}:{given['cnonce']}:auth:{what}")


def in_pieces(request: Request) -> Iterable[Message | bytes | None]:
    """With a keepalive, a request of the server and a provisional answer before it."""
    yield b"\r\n\r\n"
    yield Request(method="OPTIONS", uri="sip:gw1@127.0.0.1", headers=(*request.headers[:1], *request.headers[2:6]))
    yield answer(request, 100, "Trying")
    octets = answer(request, 200, "OK", body=b"x" * 9000).render()
    for piece in (octets[:20], octets[20:5000], octets[5000:]):
        yield piece
        time.sleep(0.1)


def admits(request: Request) -> Iterable[Message | bytes | None]:
    """Lists the Contact of a registration."""
    contact = request.value("Contact") or ""
    kept = [("Contact", contact)] if request.value("Expires") == "60" else []
    yield answer(request, 200, "OK", *kept)


@dataclass(frozen=True)
class Case:
    """A softswitch, a probe, and what is to come of it.

    :ivar step: the one that fails; empty for none
    """

    id: str
    handlers: Mapping[str, Answers] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    step: str = ""
    cause: str = ""
    evidence: str = ""


def closes(request: Request) -> Iterable[None]:
    return [None]


def silent(request: Request) -> Iterable[None]:
    return []


NOT_FROM_GW2 = says(403, "Forbidden", ("Warning", '399 vos "certificate is of gw2"'))
FULL = says(503, "Full", ("Retry-After", "120"), ("Reason", 'SIP;cause=503;text="no memory"'))
WITH_PASSWORD = {"password": PASSWORD}
REGISTRARS = {
    "strongest-of-three": Registrar("SHA-512-256", "SHA-256", "MD5"),
    "strongest-last": Registrar("MD5", "SHA-256"),
    "md5-alone": Registrar("MD5"),
    "stale": Registrar("SHA-256", stale_first=True),
}
CASES = [
    Case("good"),
    *(Case(name, {"REGISTER": one}, WITH_PASSWORD) for name, one in REGISTRARS.items()),
    Case("no-options", {"OPTIONS": says(405, "Method Not Allowed")}),
    Case("in-pieces", {"OPTIONS": in_pieces}),
    Case("bind", {"REGISTER": admits}, {"register": "bind"}),
    Case("options-alone", {}, {"register": "none"}),
    Case("bind-not-listed", {}, {"register": "bind"}, "register", "does not list the Contact"),
    Case("identity", {"REGISTER": NOT_FROM_GW2}, {}, "register", "refused with 403 Forbidden: the server refuses this identity",
         "certificate is of gw2"),
    Case("full", {"REGISTER": FULL}, {}, "register", "overloaded", "no memory"),
    Case("nobody", {"REGISTER": says(404, "Not Found")}, {}, "register", "the server knows no such address"),
    Case("options-forbidden", {"OPTIONS": says(403, "Forbidden")}),
    Case("options-refused", {"OPTIONS": says(403, "Forbidden")}, {"register": "none"}, "options", "OPTIONS was refused with 403"),
    Case("both-refused", {"OPTIONS": says(403, "No"), "REGISTER": says(404, "No")}, {}, "options", "OPTIONS was refused with 403"),
    Case("no-sip", {"OPTIONS": lambda request: [b"HTTP/1.1 200 OK\r\n\r\n"]}, {"timeout": "2s"}, "options", "no SIP that can be read"),
    Case("closes", {"OPTIONS": closes}, {}, "tls", "closed the connection without a reason after", "no alert came"),
    Case("closes-later", {"REGISTER": closes}, {}, "register", "closed the connection without an answer to REGISTER"),
    Case("silent", {"REGISTER": silent}, {"timeout": "2s"}, "register", "does not answer to REGISTER"),
    Case("bad-aor", {}, {"aor": "gw1"}, "", "aor is no SIP URI"),
    Case("no-user", {}, {"aor": "sip:example.com"}, "", "aor names no user"),
    Case("bad-connect", {}, {"connect": "vos:port"}, "", "connect is no address"),
    Case("long", {}, {"timeout": "10m"}, "", "timeout is too long"),
    Case("bad-domain", {}, {"domain": "not a domain"}, "", "domain is no SIP domain"),
    Case("relative", {}, {"trust_bundle": "ca.crt"}, "", "trust_bundle is no absolute path"),
    Case("half-a-pair", {}, {"private_key": ""}, "", "certificate and private_key belong together"),
]  # fmt: skip


@dataclass(frozen=True)
class Done:
    """What the task returned, and what the softswitch got."""

    result: Mapping[str, Any]
    requests: list[Request]

    def methods(self) -> list[str]:
        return [one.method for one in self.requests]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, certs: Path) -> dict[str, Done]:
    """All cases in one play, a host for each."""
    peers = {case.id: softswitch(certs, case.handlers) for case in CASES}
    hosts = {case.id: {"probe": probe(certs, peers[case.id], **case.options)} for case in CASES}
    play = Play(tmp_path_factory.mktemp("play"))
    run = play.start([{"name": "It", "siptls.vos.sip_probe": "{{ probe }}"}], hosts=hosts, forks=6)
    outcome = run.finish()
    for peer in peers.values():
        peer.close()
    return {case.id: Done(outcome.of(case.id), peers[case.id].requests) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_answer_has_its_verdict(done: dict[str, Done], case: Case) -> None:
    result = done[case.id].result
    if not case.cause:
        assert (result["verdict"], result["cause"], result["status"]) == ("ok", "", "ok"), result
    elif not case.step:
        assert case.cause in result["msg"]
        assert done[case.id].requests == [], "nothing is done before the options are right"
    else:
        assert (result["verdict"], result["status"], result["causes"][0]["step"]) == ("failed", "failed", case.step), (
            result
        )
        assert case.cause in result["cause"]
        assert case.evidence in " / ".join(result["evidence"])
        assert result["msg"].startswith(f"{case.id}: failed: {result['cause']}")


def test_a_gateway_that_can_register(done: dict[str, Done]) -> None:
    result = done["good"].result
    assert [result[step]["state"] for step in ("tls", "options", "register")] == ["ok", "ok", "ok"]
    tls = result["tls"]
    assert (tls["protocol"], tls["verification"], result["changed"]) == ("TLSv1.3", "ok", False)
    assert tls["group"] in ("X25519", "X25519MLKEM768")
    assert [one["subject"] for one in tls["chain"]] == ["CN=vos", "CN=Issuing"]
    assert [one["subjects"] for one in tls["paths"]] == [["CN=vos", "CN=Issuing", "CN=Root"]]
    assert tls["identity"] == {"domain": "example.com", "state": "ok", "identities": ["example.com", "vos.example.com"]}
    assert result["register"]["bindings"] == [{"contact": "sip:gw1@10.77.0.21:41472;transport=tls", "expires": 25}]
    assert result["options"]["milliseconds"] >= 0
    assert tls["milliseconds"] > 0
    options, register = done["good"].requests
    assert (options.method, options.uri) == ("OPTIONS", "sip:example.com")
    assert (register.method, register.uri) == ("REGISTER", "sip:example.com")
    assert register.values("Contact") == [], "a fetch changes no binding"
    assert register.vias[0].host == "127.0.0.1", "learned from the answer to OPTIONS"


@pytest.mark.parametrize(
    ("name", "answered"), [("strongest-of-three", "SHA-512-256"), ("strongest-last", "SHA-256"), ("md5-alone", "MD5")]
)
def test_the_strongest_challenge_is_answered(done: dict[str, Done], name: str, answered: str) -> None:
    assert [one["algorithm"] for one in REGISTRARS[name].answered] == [answered]
    assert done[name].result["register"]["digest"] == answered
    assert any("MD5" in note for note in done[name].result["notes"]) is (answered == "MD5")
    assert done[name].methods() == ["OPTIONS", "REGISTER", "REGISTER"]


def test_a_nonce_that_is_too_old_is_no_wrong_password(done: dict[str, Done]) -> None:
    assert done["stale"].methods() == ["OPTIONS", "REGISTER", "REGISTER", "REGISTER"]


def test_options_that_are_refused_are_a_note_where_register_is_taken(done: dict[str, Done]) -> None:
    assert done["options-forbidden"].result["options"]["status"] == 403
    assert any("OPTIONS was refused with 403" in note for note in done["options-forbidden"].result["notes"])


def test_no_register_where_none_is_wanted(done: dict[str, Done]) -> None:
    assert done["options-alone"].methods() == ["OPTIONS"]
    assert done["options-alone"].result["register"]["state"] == "unknown"


def test_a_registration_of_its_own_is_made_and_removed(done: dict[str, Done]) -> None:
    made, removed = done["bind"].requests[1:]
    assert done["bind"].result["changed"] is True
    assert made.value("Contact") == removed.value("Contact")
    assert "+sip.instance=" in str(made.value("Contact"))
    assert (made.value("Expires"), removed.value("Expires")) == ("60", "0")
    assert (made.call_id, made.cseq.number + 1) == (removed.call_id, removed.cseq.number)


def test_passwords_are_nowhere_to_be_seen(play: Play, certs: Path) -> None:
    """Missing, wrong and of no use, and a registration of its own in check mode: the output of the highest verbosity and every
    command line of the machine are searched for the password."""
    peers = {
        "missing": softswitch(certs, {"REGISTER": Registrar("SHA-256")}),
        "wrong": softswitch(certs, {"REGISTER": Registrar("SHA-256", password="other")}),
        "unknown": softswitch(certs, {"REGISTER": Registrar("AKAv1-MD5")}),
        "good": softswitch(certs, {"REGISTER": Registrar("SHA-256")}),
    }
    hosts = {name: {"probe": probe(certs, peer, register="bind", password=PASSWORD)} for name, peer in peers.items()}
    del hosts["missing"]["probe"]["password"]
    tasks = [{"name": "It", "siptls.vos.sip_probe": "{{ probe }}", "failed_when": False}]
    run = play.start(tasks, hosts=hosts, verbosity=4, check=True)
    commands = set()
    while run.process.poll() is None:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    commands.add((entry / "cmdline").read_bytes())
                except OSError:
                    continue
    outcome = run.finish()
    causes = {name: outcome.of(name)["cause"] for name in hosts}
    assert "a password is asked for, and none was given" in causes["missing"]
    assert "the password or the user is wrong" in causes["wrong"]
    assert "none of the challenges can be answered: AKAv1-MD5" in causes["unknown"]
    assert (causes["good"], outcome.of("good")["changed"]) == ("", False)
    assert all(one.values("Contact") == [] for one in peers["good"].requests), "in check mode nothing is registered"
    assert PASSWORD not in outcome.output
    assert any(b"ansible-playbook" in command for command in commands)
    assert not any(PASSWORD.encode() in command for command in commands)


def processes_of(folder: str) -> list[str]:
    """The command lines of what runs on for a connection."""
    said = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if folder in line]


def test_a_controller_that_dies_leaves_nothing_on_the_device(certs: Path, tmp_path: Path) -> None:
    """The keeper on the device ends it all when its time is over."""
    scripts = Path(__file__).resolve().parents[2] / "plugins" / "plugin_utils" / "shell"
    peer = softswitch(certs, {})
    parameters = {
        "verb": "open", "token": "test", "lifetime": "4", "patience": "1", "hold": "always", "octets": "",
        "awaits": "",
        "connect": f"127.0.0.1:{peer.port}", "server_name": "", "certificate": f"{certs}/gw1.crt",
        "private_key": f"{certs}/gw1.key", "trust_bundle": f"{certs}/ca.crt", "crl": "", "ciphers": "", "suites": "",
        "groups": "", "min_version": "", "max_version": "", "TMPDIR": str(tmp_path),
    }  # fmt: skip
    program = "".join(f"{name}='{value}'\n" for name, value in parameters.items())
    program += (
        "".join((scripts / name).read_text() for name in ("common.sh", "tell.sh", "tls_talk.sh"))
        + "exec </dev/null; main\n"
    )
    done = subprocess.run(
        ["sh"], input=program, capture_output=True, text=True, check=False, timeout=30, env={**os.environ}
    )
    assert "CONNECTION ESTABLISHED" in done.stdout, done.stderr
    folder = tmp_path / "siptls-test"
    give_up = time.monotonic() + 20
    while folder.exists() or processes_of(str(folder)):
        assert time.monotonic() < give_up, processes_of(str(folder))
        time.sleep(0.1)
