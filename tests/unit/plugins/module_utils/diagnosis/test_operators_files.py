# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files as operators leave them: whatever is odd in one that works is no cause, and what is wrong in one is."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import Cause, CauseId, Certainty
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.evidence import Evidence, Side
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.ranking import diagnose, verdict_of
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.reading import read_domain, read_side, refusals_of
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.unknowns import unknowns
from ansible_collections.siptls.vos.plugins.module_utils.ini import read_section
from ansible_collections.siptls.vos.plugins.plugin_utils.diagnosis import _pattern
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.healthy import (
    evidence,
    gateway,
    softswitch,
    with_file,
)

ROOT = Path(__file__).resolve().parents[5]
SCRIPTS = (ROOT / "plugins/plugin_utils/shell/common.sh", ROOT / "plugins/plugin_utils/shell/diagnosis_look.sh")
SHELLS = [shell for shell in (["dash"], ["bash", "--posix"], ["busybox", "ash"]) if shutil.which(shell[0])]
GATEWAY, SOFTSWITCH = "/etc/gateway/gateway.conf", "/etc/vos/tls.conf"
SIP = """\
[sip]
register = sip:vos.example.com:5061
transport = tls
tls_client_cert = /etc/gateway/certs/own.crt
tls_client_key = /etc/gateway/certs/own.key
tls_ca_cert = /etc/gateway/certs/ca.crt
srtp_encryption = aes128_cm
srtp_auth = sdes
register_expires = 1h
keepalive_interval = 120s
"""
TLS_SERVER = """\
[tls_server]
port = 5061
cert_file = /etc/vos/certs/own.crt
verify_mode = require_and_verify_client_cert
min_version = TLSv1.2
connection_lifetime = 2h
"""


@dataclass(frozen=True)
class Look:
    """What a script told."""

    values: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        return self.values.get(name)

    def body(self, name: str) -> str | None:
        return self.bodies.get(name)

    def each(self, name: str) -> Iterator[tuple[str, str]]:
        del name
        return iter(())


def configured(text: str, section: str, path: str, state: str = "there") -> dict[str, Any]:
    """What is read of a file with that text."""
    look = Look({"path_configuration": path, "configuration": state}, {"configuration": text})
    side = read_side(look, name="x", service="", section=section, before=0, after=0)
    return {name: getattr(side, name) for name in Side.__dataclass_fields__ if name.startswith("settings")}


def at_the_gateway(text: str, *, state: str = "there", **more: Any) -> Evidence:
    return evidence(device=gateway(**configured(text, "sip", GATEWAY, state)), **more)


def at_the_softswitch(text: str, **more: Any) -> Evidence:
    return evidence(softswitch=softswitch(**configured(text, "tls_server", SOFTSWITCH)), **more)


def not_registered(found: Evidence) -> Evidence:
    """The same of a pair that does not work, for a reason that nobody knows."""
    assert found.softswitch
    assert found.probed
    states = dict.fromkeys(found.probed.states, found.probed.states["tls"].FAILED)
    return replace(
        found, softswitch=replace(found.softswitch, registrations=()), probed=replace(found.probed, states=states)
    )


ODD_AND_WELL = {
    "a comment behind a value of another section": f"[audio]\ngain = 3 ; dB\n{SIP}",
    "quotes": f"[audio]\nname = 'x'\ntitle = \"y\n{SIP}",
    "a key twice in another section": f"[audio]\ngain = 3\ngain = 4\n{SIP}",
    "a section twice": f"[audio]\ngain = 3\n[audio]\ngain = 4\n{SIP}",
    "our section twice": f"{SIP}[audio]\ngain = 3\n[sip]\nauth_user = x\n",
    "a key above the first section": f"gain = 3\n{SIP}",
    "our keys above the first section": f"transport = udp\n{SIP}",
    "a password with a number sign": f"{SIP}auth_pass = abc #1\n",
    "another key of ours twice": f"{SIP}codec = a\ncodec = b\n",
    "the same value twice": f"{SIP}transport = tls\n",
    "our keys in another section": f"[lan]\ntransport = udp\ntls_client_cert = /gone\n{SIP}[wan]\ntransport = tcp\n",
    "no INI elsewhere": f"[audio\n<xml/>\n{{json}}\n\\\n{SIP}",
    "colons": SIP.replace(" = ", ": "),
    "no blanks": SIP.replace(" = ", "="),
    "capitals": SIP.upper()
    .replace("[SIP]", "[sip]")
    .replace("SIP:VOS.EXAMPLE.COM", "sip:vos.example.com")
    .replace("TLS\n", "tls\n")
    .replace("AES128_CM", "aes128_cm")
    .replace("SDES", "sdes")
    .replace("1H", "1h")
    .replace("120S", "120s"),
    "a mark and CRLF": "\ufeff" + SIP.replace("\n", "\r\n"),
    "GBK": f"[\udcb9\udce3]\n\udcd5\\ = \udcd5\\\n{SIP}# \udcb9\udce3\n",
    "commented out": f"{SIP}#transport = udp\n;register = sip:x;transport=udp\n",
    "a comment behind our section": SIP.replace("[sip]", "[sip] ; ours"),
    "a comment behind our value": SIP.replace("transport = tls", "transport = tls ; agreed"),
    "quotes around our value": SIP.replace("transport = tls", 'transport = "tls"'),
    "our key twice": f"{SIP}transport = udp\n",
    "our key twice, the other way round": f"{SIP}transport = tls\n".replace("transport = tls", "transport = udp", 1),
    "a line that is nothing": f"{SIP}password\n",
    "UTF-16": ("\ufeff" + SIP).encode("utf-16-le").decode(errors="surrogateescape"),
    "a very long line": f"# {'x' * 70_000}\n{SIP}",
    "larger than what is sent": f"{'#' * 60_000}\n" * 9 + SIP,
    "a section of another case": SIP.replace("[sip]", "[SIP]"),
}


@pytest.mark.parametrize("text", ODD_AND_WELL.values(), ids=ODD_AND_WELL.keys())
def test_an_odd_file_of_a_gateway_that_works_is_no_cause(text: str) -> None:
    found = at_the_gateway(text)
    assert diagnose(found) == ()
    assert verdict_of((), found) == "ok"


def test_a_file_that_the_connection_may_not_read_is_no_cause() -> None:
    found = at_the_gateway(SIP, state="unreadable")
    assert diagnose(found) == ()
    assert next(one.why for one in unknowns(found) if GATEWAY in one.what).endswith("run with become")


@pytest.mark.parametrize(
    "text",
    [
        f"[https]\nport = 443\ncert_file = /etc/https.crt\nverify_mode = none\n{TLS_SERVER}",
        f"{TLS_SERVER}[tls_server:post_quantum]\nconnection_lifetime = 10s\n[https]\nconnection_lifetime = 1s\n",
        f"{TLS_SERVER}connection_lifetime = 10s\n",
        TLS_SERVER.replace(" = ", ": "),
    ],
    ids=["https above", "others below", "twice", "colons"],
)
def test_an_odd_file_of_a_softswitch_that_works_is_no_cause(text: str) -> None:
    assert diagnose(at_the_softswitch(text)) == ()


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("our key twice", "lines 3 and 11 give it different values"),
        ("a comment behind our value", "line 3 has a '#' or ';'"),
        ("quotes around our value", "line 3 begins with a quote"),
        ("a line that is nothing", "neither a setting nor a comment"),
        ("UTF-16", "encoded as UTF-16"),
        ("a very long line", "line 1 is too long"),
        ("larger than what is sent", "larger than 524288 bytes"),
        ("a section of another case", "[SIP], not [sip]"),
    ],
)
def test_what_nobody_can_tell_of_a_file_is_told_as_unknown(key: str, what: str) -> None:
    found = [one for one in unknowns(at_the_gateway(ODD_AND_WELL[key])) if GATEWAY in one.what]
    assert len(found) == 1
    assert what in found[0].why


def certainties(found: Evidence) -> dict[CauseId, Certainty]:
    return {one.id: one.certainty for one in diagnose(found)}


WRONG = {
    "plain": (SIP.replace("= tls", "= udp"), CauseId.PLAIN_SIP, Certainty.CERTAIN),
    "plain, by colon": (SIP.replace("transport = tls", "transport: udp"), CauseId.PLAIN_SIP, Certainty.CERTAIN),
    "plain, by URI": (SIP.replace(":5061", ":5060;transport=udp"), CauseId.PLAIN_SIP, Certainty.CERTAIN),
    "plain beside a section that is not": (
        "[lan]\ntransport = tls\n" + SIP.replace("= tls", "= udp"), CauseId.PLAIN_SIP, Certainty.CERTAIN
    ),
    "keying": (SIP.replace("= sdes", "= dtls"), CauseId.SRTP_KEYING_MISMATCH, Certainty.CERTAIN),
    "pings": (SIP.replace("120s", "3h").replace("1h", "3h"), CauseId.KEEPALIVE_TOO_SLOW, Certainty.CERTAIN),
    "no section": ("[audio]\ngain = 3\n", CauseId.CONFIGURATION_UNREADABLE, Certainty.CERTAIN),
    "only in another section": (SIP.replace("[sip]", "[lan]"), CauseId.CONFIGURATION_UNREADABLE, Certainty.CERTAIN),
    "empty": ("", CauseId.CONFIGURATION_UNREADABLE, Certainty.CERTAIN),
    "nothing that is known": ("[sip]\npassword\n", CauseId.CONFIGURATION_UNREADABLE, Certainty.CERTAIN),
    "twice": (f"{SIP}transport = udp\n", CauseId.CONFIGURATION_AMBIGUOUS, Certainty.POSSIBLE),
    "twice, the other way round": (
        f"{SIP}transport = tls\n".replace("transport = tls", "transport = udp", 1), CauseId.PLAIN_SIP, Certainty.POSSIBLE
    ),
    "a line that is nothing": (f"{SIP}password\n", CauseId.CONFIGURATION_AMBIGUOUS, Certainty.POSSIBLE),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_file_is_a_cause(case: str) -> None:
    text, kind, certainty = WRONG[case]
    assert certainties(not_registered(at_the_gateway(text))).get(kind) is certainty


def test_a_file_that_is_missing_is_a_cause() -> None:
    assert certainties(at_the_gateway("", state="missing")) == {CauseId.CONFIGURATION_UNREADABLE: Certainty.CERTAIN}


def of_files(text: str, path: str) -> tuple[Cause, ...]:
    """A gateway whose certificate file at that path is missing, and that does not work."""
    device = with_file(gateway(**configured(text, "sip", GATEWAY)), "certificate", path=path, state="missing", text="")
    return diagnose(not_registered(evidence(device=device)))


def test_a_missing_file_is_certain_only_if_its_name_is() -> None:
    once = SIP.replace("/own.crt", "/gone.crt")
    path = "/etc/gateway/certs/gone.crt"
    by_id = {one.id: one for one in of_files(once, path)}
    assert by_id[CauseId.FILE_MISSING].certainty is Certainty.CERTAIN
    twice = {one.id: one for one in of_files(f"{once}tls_client_cert = /etc/gateway/certs/own.crt\n", path)}
    assert twice[CauseId.FILE_MISSING].certainty is Certainty.POSSIBLE
    assert "lines 4 and 11" in " ".join(twice[CauseId.FILE_MISSING].evidence)


def test_no_secret_of_a_file_reaches_a_diagnosis() -> None:
    found = not_registered(at_the_gateway(f"{SIP}hunter2\nauth_pass = 'hunter2\n  hunter2\n"))
    assert "hunter2" not in f"{diagnose(found)}{unknowns(found)}{found.device}"


NAMED = {
    "https above": "[https]\ncert_file = /https.crt\n[tls_server]\ncert_file = /ours.crt\n",
    "below": "[tls_server]\nport = 1\n[https]\ncert_file = /https.crt\n",
    "second part": "[tls_server]\nport = 1\n[tls_server]\ncert_file = /ours.crt\n",
    "post-quantum": "[tls_server:post_quantum]\ncert_file = /pq.crt\n[tls_server]\ncert_file=/ours.crt\n",
    "colon": "[tls_server] ; ours\ncert_file: /ours.crt\n",
    "capitals, mark, CRLF": "\ufeff[ tls_server ]\r\n Cert_File\t=\t/ours.crt \r\n",
    "quotes": '[tls_server]\ncert_file = "/our s.crt"\n',
    "comment": "[tls_server]\n#cert_file = /old.crt\ncert_file = /ours.crt # new\ncert_file = /later.crt\n",
    "not a header": "[tls_server\ncert_file = /no.crt\n[tls_server] x\ncert_file = /no.crt\n",
    "ours below what is no header": "[tls_server]\n[x\ncert_file = /ours.crt\n",
    "another name": "[tls_server]\ncert_files = /no.crt\ncert_file:pq = /no.crt\nold_cert_file = /no.crt\n",
    "nothing": "",
}


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED.keys())
def test_the_device_looks_at_the_files_that_the_controller_reads(shell: list[str], text: str, tmp_path: Path) -> None:
    conf = tmp_path / "tls.conf"
    conf.write_text(text)
    parameters = f"conf={shlex.quote(str(conf))}\nsection=tls_server\n"
    call = f"named {shlex.quote(_pattern('cert_file'))} /default\n"
    program = parameters + "".join(script.read_text() for script in SCRIPTS) + call
    said = subprocess.run([*shell, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    found = read_section(text.replace("\r\n", "\n"), "tls_server", ["cert_file"])
    expected = found.values.get("cert_file") if found else None
    assert (said.stdout, said.stderr) == (f"{expected or '/default'}\n", "")


@pytest.mark.parametrize("text", ["<domain name='\udcff'/>", "<domain>\x00</domain>", "<domain>" * 50_000])
def test_a_domain_that_cannot_be_read_is_left_out(text: str) -> None:
    assert read_domain(text) is None


def test_records_nested_without_end_are_left_out() -> None:
    assert refusals_of(("[" * 100_000, '{"a":' * 100_000), None) == ()
