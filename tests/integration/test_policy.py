# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong value stops the whole play before any host is touched, and says what was expected."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.fleet import Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def test_right_values_reach_the_hosts(fleet: Fleet) -> None:
    """The other side of the tests below: without it, a trace that is never left would prove nothing."""
    done = fleet.site("--tags", "pki,preflight")
    assert done.returncode == 0, done.stdout + done.stderr
    assert fleet.touched
    assert (fleet.folder / "pki" / "authorities" / "issuing" / "certificate.pem").exists()


@pytest.mark.parametrize(
    ("host", "changed", "words"),
    [
        ("vos", {"vos_tls_port": 99999}, ["vos_tls_port: expected a port from 1 to 65535; found 99999"]),
        ("vos", {"vos_ciphers": "ECDHE+AESGMC"}, ["vos_ciphers", "'AESGMC'", "did you mean 'AESGCM'?"]),
        (
            "vos",
            {"vos_verify_mode": "require_verfy"},
            ["none, optional, require, require_verify; found 'require_verfy'"],
        ),
        ("vos", {"vos_verify_mode": "require"}, ["vos_verify_mode", "vos_allow_weak_verification: true"]),
        ("vos", {"vos_verfiy_mode": "require_verify"}, ["vos_verfiy_mode", "did you mean vos_verify_mode?"]),
        (
            "vos",
            {"vos_sip_domains": [{"name": "example.com", "srtp_auth": "zrtp"}]},
            ["srtp_auth: expected one of sdes, dtls"],
        ),
        (
            "vos",
            {"vos_hostname": "{{ undefined_site }}.example.com"},
            ["vos_hostname", "'undefined_site' is undefined"],
        ),
        (
            "gw2",
            {"gateway_srtp_encryption": "aes_128"},
            ["gateway_srtp_encryption: expected one of aes128_cm, aes256_gcm"],
        ),
        ("gw2", {"gateway_certificate_renew_before": "90d"}, ["less than gateway_certificate_valid_for (90d)"]),
        ("gw2", {"pki_issuing_passphrase": ""}, ["pki_issuing_passphrase: expected a passphrase"]),
    ],
)
def test_a_wrong_value_stops_before_any_host_is_touched(
    fleet: Fleet, host: str, changed: dict[str, Any], words: list[str]
) -> None:
    done = fleet.site(changed={host: changed})
    assert done.returncode == 2, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert f"{host}: one variable is wrong; nothing has been changed." in said
    for word in words:
        assert word in said
    assert not fleet.touched
    assert not (fleet.folder / "pki").exists()
    assert not (fleet.folder / "devices").exists()


def test_a_wrong_value_stops_a_check_run_as_well(fleet: Fleet) -> None:
    assert fleet.site("--check", "--diff", changed={"vos": {"vos_tls_port": 99999}}).returncode == 2
    assert not fleet.touched


def test_every_host_is_told_all_its_problems(fleet: Fleet) -> None:
    done = fleet.site(
        changed={
            "vos": {"vos_tls_port": 0, "vos_min_version": "SSLv3"},
            "gw1": {"gateway_transport": "udp", "gateway_user": "a b"},
        }
    )
    said = done.stdout + done.stderr
    assert "vos: 2 things are wrong" in said
    assert "gw1: 2 things are wrong" in said
    for name in ("vos_tls_port", "vos_min_version", "gateway_transport", "gateway_user"):
        assert f"- {name}: expected" in said
    assert not fleet.touched


def test_a_wrong_value_of_a_host_outside_the_limit_does_not_matter(fleet: Fleet) -> None:
    done = fleet.site("--limit", "gw1", "--tags", "pki,preflight", changed={"gw2": {"gateway_transport": "udp"}})
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_tag_leaves_the_policy_out(fleet: Fleet) -> None:
    done = fleet.site("--tags", "certificates", changed={"gw1": {"gateway_transport": "udp"}})
    assert "gateway_transport: expected tls; found 'udp'" in done.stdout + done.stderr
    assert not fleet.touched


def test_secrets_are_not_shown(fleet: Fleet) -> None:
    done = fleet.site("-vvv", changed={"gw1": {"pki_issuing_passphrase": "tooshrt"}})
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert "pki_issuing_passphrase: expected a passphrase of at least 8 characters" in said
    assert "tooshrt" not in said
    assert "of the issuing authority" not in said


def test_what_is_weak_and_allowed_is_said(fleet: Fleet) -> None:
    done = fleet.site("--tags", "preflight", changed={"vos": {"vos_ciphers": "HIGH:!aNULL:!MD5", "vos_rack": 4}})
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "[WARNING]: vos: vos_ciphers: expected forward secrecy" in said
    assert "[WARNING]: vos: vos_rack: expected a known name" in said
    quiet = fleet.site("--tags", "preflight", changed={"vos": {"vos_rack": 4, "siptls_other_variables": ["vos_rack"]}})
    assert "WARNING" not in quiet.stdout + quiet.stderr


def test_a_device_that_lacks_something_is_told_what_and_is_not_changed(fleet: Fleet) -> None:
    done = fleet.site(changed={"vos": {"vos_certificate_owner": "no-such-user", "vos_clock_tolerance": 86400}})
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert "vos: the device lacks something, and nothing has been changed on it" in said
    assert "- user no-such-user: expected an account; found none; create it, or name another owner" in said
    assert fleet.touched
    assert not (fleet.folder / "devices").exists()


def test_a_device_without_a_working_shell_is_named(fleet: Fleet) -> None:
    done = fleet.site(environment={"ANSIBLE_EXECUTABLE": "/bin/false"})
    said = done.stdout + done.stderr
    assert "vos: the device did not run preflight.sh, " in said
    assert "Expected: a POSIX shell at /bin/sh, and permission to use it. Found: exit status 1" in said


EXAMPLE = Path(__file__).resolve().parents[2] / "inventories" / "example"


def example(folder: Path, passphrase: str) -> subprocess.CompletedProcess[str]:
    """The policy's verdict on a copy of the example fleet whose passphrases were filled in."""
    shutil.copytree(EXAMPLE, folder / "fleet")
    vault = folder / "fleet" / "group_vars" / "all" / "vault.yml"
    vault.write_text((vault.parent / "vault.yml.example").read_text().replace('""', f'"{passphrase}"'))
    # Nothing but the policy runs: no host of an example can be reached.
    inventory = str(folder / "fleet" / "hosts.yml")
    return Fleet(folder).run(
        "siptls.vos.site", "-v", "-i", inventory, "--skip-tags", "pki,softswitches,gateways,revocation"
    )


def test_the_example_fleet_is_right_once_it_has_passphrases(tmp_path: Path) -> None:
    done = example(tmp_path, "a passphrase from somewhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gw-munich-2" in done.stdout
    assert "WARNING" not in done.stdout + done.stderr


def test_the_example_fleet_is_refused_with_its_empty_passphrases(tmp_path: Path) -> None:
    done = example(tmp_path, "")
    assert done.returncode == 2
    assert "pki_root_passphrase: expected a passphrase of at least 8 characters" in done.stdout + done.stderr
