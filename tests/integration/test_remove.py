# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.remove: a gateway or the fleet is on plain SIP as before, proven, and nothing of this collection is left on it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.plain_fleet import PlainFleet

GATEWAYS = ("gw1", "gw2", "gw3")
EVERYBODY = ("vos", *GATEWAYS)
REMOVE = "siptls.vos.remove"
ROTATE = "siptls.vos.rotate"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[PlainFleet]:
    """On plain SIP."""
    made = PlainFleet(tmp_path, GATEWAYS)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def on_tls(fleet: PlainFleet) -> PlainFleet:
    """The same, after the roll-out."""
    succeeded(fleet.site())
    assert set(fleet.registered()) == set(GATEWAYS)
    assert fleet.plain() == set()
    assert fleet.serves()
    return fleet


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def failed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stdout + done.stderr


def changes(done: subprocess.CompletedProcess[str]) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", done.stdout))


def reloads(fleet: PlainFleet) -> dict[str, int]:
    told = {name: fleet.device(name) / "reloads" for name in EVERYBODY}
    return {name: len(path.read_text().splitlines()) if path.exists() else 0 for name, path in told.items()}


def test_the_fleet_is_as_it_was_before_and_a_roll_out_brings_everything_back(fleet: PlainFleet) -> None:
    before = fleet.configured()
    succeeded(fleet.site())
    set_up, loaded = fleet.configured(), reloads(fleet)
    assert set_up != before
    said = succeeded(fleet.play(REMOVE))
    assert fleet.configured() == before
    assert fleet.plain() == set(GATEWAYS)
    assert not fleet.registered()
    assert not fleet.serves()
    assert set(fleet.outcomes().values()) == {"removed"}
    assert "Removal: 4 removed" in said
    assert reloads(fleet) == {name: count + 1 for name, count in loaded.items()}

    again = fleet.play(REMOVE)
    succeeded(again)
    assert changes(again) == 0, again.stdout
    assert "Removal: 4 unchanged" in again.stdout
    assert fleet.configured() == before

    succeeded(fleet.site())
    assert set(fleet.registered()) == set(GATEWAYS)
    assert fleet.configured().keys() >= {"gw1/etc/certs/gateway.key", "vos/etc/crl.pem"}
    assert changes(fleet.site()) == 0
    succeeded(fleet.play(REMOVE))
    assert fleet.configured() == before


def test_a_rotation_leaves_alone_who_is_not_on_tls_and_the_way_back_stays_open(fleet: PlainFleet) -> None:
    before = fleet.configured()
    succeeded(fleet.play("siptls.vos.site", "--limit", "vos,gw1"))
    set_up, loaded = fleet.configured(), reloads(fleet)
    said = failed(fleet.play(ROTATE))
    assert "Rotation: 2 refused, 2 unchanged" in said
    assert "gw2 was never set up, or siptls.vos.remove took it back" in said
    assert (fleet.configured(), reloads(fleet)) == (set_up, loaded)

    succeeded(fleet.site())
    succeeded(fleet.play(REMOVE))
    assert fleet.configured() == before
    loaded = reloads(fleet)
    said = failed(fleet.play(ROTATE))
    assert "Plan: 4 refused" in said
    assert "CRLs: 1 failed" in said
    assert "vos was never set up, or siptls.vos.remove took it back. Remedy: run siptls.vos.site for it" in said
    assert "the device refuses what the file is to be" not in said
    assert (fleet.configured(), reloads(fleet)) == (before, loaded)


def test_a_check_run_tells_what_would_change_and_changes_nothing(on_tls: PlainFleet) -> None:
    set_up, loaded = on_tls.configured(), reloads(on_tls)
    said = succeeded(on_tls.play(REMOVE, "--check", "--diff"))
    assert on_tls.configured() == set_up
    assert reloads(on_tls) == loaded
    assert set(on_tls.outcomes().values()) == {"due"}
    assert "Plan: 4 due" in said
    predicted = {path for path in set_up if str(on_tls.folder / "devices" / path) in said}
    succeeded(on_tls.play(REMOVE))
    after = on_tls.configured()
    changed = {path for path in set_up if after.get(path) != set_up[path]}
    # What is below a folder that goes is told by the name of the folder
    below = {path for path in changed if "/generations/" in path or path.endswith("/certs")}
    kept = {path for path in changed if path.endswith((".siptls-original", ".siptls-absent"))}
    assert changed - below - kept <= predicted
    # A copy is told by the name of the file that it is of
    assert all(re.sub(r"\.([^/]*)\.siptls-(original|absent)$", r"\1", path) in predicted for path in kept)
    assert "-transport = tls" in said
    assert "+transport = udp" in said
    assert "PRIVATE KEY" not in said


def test_one_gateway_goes_back_and_the_softswitch_keeps_tls_for_the_others(on_tls: PlainFleet) -> None:
    set_up = on_tls.configured()
    succeeded(on_tls.play(REMOVE, "--limit", "gw1"))
    after = on_tls.configured()
    assert {path for path in {*set_up, *after} if after.get(path) != set_up.get(path)} == {
        path for path in {*set_up, *after} if path.startswith("gw1/") and after.get(path) != set_up.get(path)
    }
    assert on_tls.plain() == {"gw1"}
    assert set(on_tls.registered()) == {"gw2", "gw3"}
    assert on_tls.serves()
    assert on_tls.outcomes() == {"gw1": "removed"}

    # And the softswitch does not go while they are there
    said = failed(on_tls.play(REMOVE, "--limit", "vos"))
    assert on_tls.outcomes() == {"vos": "refused"}
    assert "gw2, gw3" in on_tls.causes()["vos"]
    assert "gw1" not in on_tls.causes()["vos"]
    assert "remove_accept=gateways_on_tls" in said
    assert on_tls.configured() == after
    assert on_tls.serves()
    succeeded(on_tls.play(REMOVE, "--limit", "vos", "-e", "remove_accept=gateways_on_tls"))
    assert on_tls.outcomes() == {"vos": "removed"}
    assert not on_tls.serves()


@pytest.mark.nightly
def test_what_others_changed_since_stays(on_tls: PlainFleet) -> None:
    conf = on_tls.device("gw1") / "etc/gateway.conf"
    conf.write_text(conf.read_text().replace("ports = 10000-10100", "ports = 20000-20100"))
    succeeded(on_tls.play(REMOVE, "--limit", "gw1"))
    assert conf.read_text() == (
        f"; of the installer\n[sip]\nregister = sip:127.0.0.1:{on_tls.registrar.port} ; port of the old switch\n"
        "transport = udp\nuser = gw1\n\n[media]\nports = 20000-20100\n"
    )
    assert on_tls.plain() == {"gw1"}


def test_a_gateway_that_does_not_register_is_back_on_tls_and_stops_the_run(on_tls: PlainFleet) -> None:
    registered = on_tls.registered()
    on_tls.registrar.deaf.add("gw2")
    said = failed(on_tls.play(REMOVE, "-e", "remove_batches=1"))
    assert on_tls.outcomes() == {"vos": "due", "gw1": "removed", "gw2": "rolled_back", "gw3": "due"}
    assert "sip:gw2@example.com is not registered" in on_tls.causes()["gw2"]
    assert "gw2: rolled back." in said
    assert on_tls.registered() == {name: registered[name] for name in ("gw2", "gw3")}
    assert on_tls.plain() == {"gw1"}
    assert on_tls.serves()
    # It goes on where it was, and one that is not back keeps the softswitch
    failed(on_tls.play(REMOVE, "-e", "remove_batches=3", "-e", "remove_failure_limit=60"))
    assert on_tls.outcomes() == {"vos": "refused", "gw1": "unchanged", "gw2": "rolled_back", "gw3": "removed"}
    assert "gw2" in on_tls.causes()["vos"]
    on_tls.registrar.deaf.clear()
    succeeded(on_tls.play(REMOVE))
    assert on_tls.outcomes() == {"vos": "removed", "gw1": "unchanged", "gw2": "removed", "gw3": "unchanged"}


@pytest.mark.nightly
def test_a_gateway_that_does_not_start_with_the_configuration_of_before_keeps_tls(on_tls: PlainFleet) -> None:
    set_up, registered = on_tls.configured(), on_tls.registered()
    refused = {"gateway_reload_command": f"! grep -q udp {on_tls.device('gw1')}/etc/gateway.conf"}
    failed(on_tls.play(REMOVE, "--limit", "gw1", changed={"gw1": refused}))
    assert on_tls.outcomes() == {"gw1": "rolled_back"}
    assert "the reload failed" in on_tls.causes()["gw1"]
    after = on_tls.configured()
    assert {path for path in set_up if after.get(path) != set_up[path]} <= {"gw1/etc/.gateway.conf.siptls-loaded"}
    assert on_tls.registered() == registered


@pytest.mark.nightly
def test_a_softswitch_that_goes_on_serving_its_certificate_keeps_it(on_tls: PlainFleet) -> None:
    succeeded(on_tls.play(REMOVE, "-e", "remove_softswitches=false"))
    assert on_tls.outcomes() == {"vos": "kept", "gw1": "removed", "gw2": "removed", "gw3": "removed"}
    set_up = on_tls.configured()
    (on_tls.device("vos") / "keeps_listening").touch()
    failed(on_tls.play(REMOVE))
    assert on_tls.outcomes()["vos"] == "rolled_back"
    assert "vos_reload_command" in on_tls.causes()["vos"]
    after = on_tls.configured()
    assert {path for path in set_up if after.get(path) != set_up[path]} <= {"vos/etc/.tls.conf.siptls-loaded"}
    assert on_tls.serves()


@pytest.mark.nightly
def test_a_gateway_in_a_call_is_left_to_the_next_run(on_tls: PlainFleet) -> None:
    (on_tls.device("gw2") / "calls").write_text("1\n")
    registered = on_tls.registered()
    failed(on_tls.play(REMOVE, changed={"gw2": {"gateway_idle_wait": "2s"}}))
    assert on_tls.outcomes() == {"vos": "refused", "gw1": "removed", "gw2": "deferred", "gw3": "removed"}
    assert on_tls.registered() == {"gw2": registered["gw2"]}
    (on_tls.device("gw2") / "calls").write_text("0\n")
    succeeded(on_tls.play(REMOVE))
    assert on_tls.plain() == set(GATEWAYS)


REFUSED = {
    "SRTP is required": (
        {"vos": {"vos_sip_domains": [{"name": "example.com"}]}},
        "Set srtp_require: false for the domain in vos_sip_domains",
    ),
    "calls are not told": ({"gw1": {"gateway_calls_command": ""}}, "Set gateway_calls_command"),
    "registrations are not told": ({"vos": {"vos_registrations_command": ""}}, "gateway_registration_proof=none"),
}


@pytest.mark.nightly
@pytest.mark.parametrize("case", REFUSED)
def test_a_gateway_that_would_lose_something_is_refused_before_it_is_touched(on_tls: PlainFleet, case: str) -> None:
    changed, why = REFUSED[case]
    set_up, loaded = on_tls.configured(), reloads(on_tls)
    for options in (("--check",), ()):
        said = failed(on_tls.play(REMOVE, "--limit", "gw1", *options, changed=changed))
        assert on_tls.outcomes() == {"gw1": "refused"}
        assert why in on_tls.causes()["gw1"]
        assert why in said
    assert on_tls.configured() == set_up
    assert reloads(on_tls) == loaded


@pytest.mark.nightly
def test_what_an_earlier_version_set_up_needs_to_be_told_what_was_before(on_tls: PlainFleet) -> None:
    kept = [
        path for path in (on_tls.folder / "devices").rglob(".*") if re.search(r"siptls-(original|absent)$", path.name)
    ]
    assert {path.name for path in kept} >= {".gateway.conf.siptls-original", ".example.com.xml.siptls-original"}
    for path in kept:
        path.unlink()
    set_up = on_tls.configured()
    failed(on_tls.play(REMOVE))
    assert set(on_tls.outcomes().values()) == {"refused"}
    assert "gateway_plain_settings" in on_tls.causes()["gw1"]
    domain = on_tls.device("vos") / "etc/sip_domains/example.com.xml"
    assert f"{domain}. Set vos_plain_files" in on_tls.causes()["vos"]
    assert on_tls.configured() == set_up
    # A run of this version over it does not take what we wrote for what was before
    succeeded(on_tls.site(changed={name: {"gateway_keepalive_interval": "60s"} for name in GATEWAYS}))
    failed(on_tls.play(REMOVE))

    settings = {"register": f"sip:127.0.0.1:{on_tls.registrar.port}", "transport": "udp"}
    told = {
        "vos": {"vos_plain_files": {str(domain): "<sip_domain/>\n"}},
        **{name: {"gateway_plain_settings": settings} for name in GATEWAYS},
    }
    succeeded(on_tls.play(REMOVE, changed=told))
    assert on_tls.plain() == set(GATEWAYS)
    assert domain.read_text() == "<sip_domain/>\n"
    conf = (on_tls.device("gw1") / "etc/gateway.conf").read_text()
    assert f"register = sip:127.0.0.1:{on_tls.registrar.port}\n" in conf
    assert "transport = udp\n" in conf
    assert "ports = 10000-10100\n" in conf
    assert not re.search("srtp|tls|keepalive", conf)
    assert (on_tls.device("vos") / "etc/tls.conf").read_text() == "[general]\nworkers = 4\n"
    assert changes(on_tls.play(REMOVE, changed=told)) == 0


@pytest.mark.nightly
@pytest.mark.parametrize(
    "at", ["gw1/etc/gateway.conf", "gw2/etc/certs/gateway.key", "vos/etc/tls.conf", "vos/etc/certs"]
)
def test_a_run_that_was_killed_is_finished_by_the_next(fleet: PlainFleet, at: str) -> None:
    before = fleet.configured()
    succeeded(fleet.site())
    watched = fleet.folder / "devices" / at
    text = watched.read_bytes() if watched.is_file() else None
    run = fleet.start(REMOVE)
    while run.process.poll() is None and watched.exists() and (text is None or watched.read_bytes() == text):
        pass
    run.kill()
    succeeded(fleet.play(REMOVE))
    assert fleet.configured() == before
    assert fleet.plain() == set(GATEWAYS)
    assert not fleet.serves()
    assert changes(fleet.play(REMOVE)) == 0


@pytest.mark.nightly
def test_certificates_are_revoked_before_their_keys_go_and_the_softswitch_that_stays_is_told(
    on_tls: PlainFleet,
) -> None:
    serial = on_tls.registered()["gw1"]
    # Nobody would tell it
    said = failed(on_tls.play(REMOVE, "--limit", "gw1", "-e", "remove_revoke=true"))
    assert "vos would not receive the CRL" in said
    assert on_tls.plain() == set()
    options = ("--limit", "gw1:vos", "-e", "remove_softswitches=false", "-e", "remove_revoke=true")
    succeeded(on_tls.play(REMOVE, *options))
    assert on_tls.outcomes() == {"vos": "kept", "gw1": "removed"}
    crl = subprocess.run(
        f"for n in 1 2; do awk -v n=$n '/BEGIN/ {{ c++ }} c == n' {on_tls.device('vos')}/etc/crl.pem | openssl crl -noout -text; done",
        shell=True, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert serial.upper() in crl
    assert set(on_tls.registered()) == {"gw2", "gw3"}
    # It is trusted again by whoever says so
    assert "after_revocation" in failed(on_tls.site("--limit", "gw1"))
    succeeded(on_tls.site("--limit", "gw1", "-e", "gateway_after_revocation=issue"))
    assert set(on_tls.registered()) == set(GATEWAYS)


@pytest.mark.nightly
def test_a_pair_that_was_there_before_comes_back(fleet: PlainFleet) -> None:
    certs = fleet.device("gw1") / "etc/certs"
    certs.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=factory", "-days", "2",
         "-keyout", str(certs / "gateway.key"), "-out", str(certs / "gateway.crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    (certs / "gateway.key").chmod(0o600)
    (certs / "factory.crt").write_bytes((certs / "gateway.crt").read_bytes())
    (certs / "ca.crt").symlink_to("factory.crt")
    before = fleet.configured()
    succeeded(fleet.site())
    # However often it was renewed
    for valid_for in ("50d", "40d"):
        succeeded(fleet.site(changed={"gw1": {"gateway_certificate_valid_for": valid_for}}))
    succeeded(fleet.play(REMOVE))
    assert fleet.configured() == before


@pytest.mark.nightly
def test_what_is_accepted_has_to_be_known(on_tls: PlainFleet) -> None:
    said = failed(on_tls.play(REMOVE, "-e", "remove_accept=everything"))
    assert "expected unregistered, srtp_required, gateways_on_tls; found everything" in said
    assert on_tls.plain() == set()
