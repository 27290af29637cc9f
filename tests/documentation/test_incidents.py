# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The procedures for incidents, run as they stand in the documentation, and what has become of the fleet after them.

What befell the fleet before is in coverage.yml, under worlds.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.documentation.test_documents import INCIDENTS
from ansible_collections.siptls.vos.tests.documentation.world import World
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

pytestmark = pytest.mark.nightly

VOS, GW1, GW2 = "192.0.2.11", "198.51.100.21", "198.51.100.22"
SITE = "ansible-playbook -i inventory/hosts.yml siptls.vos.site"


def openssl(*arguments: str | Path) -> str:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True).stdout


def certificate(world: World, address: str) -> Path:
    name = "vos/certs/vos_server.crt" if address == VOS else "gateway/certs/gateway.crt"
    return world.device(address) / "etc" / name


def serial(path: Path) -> str:
    return openssl("x509", "-in", path, "-noout", "-serial").strip().removeprefix("serial=").lower()


def issuer(world: World, address: str) -> str:
    return openssl("x509", "-in", certificate(world, address), "-noout", "-issuer", "-nameopt", "RFC2253").strip()


def let_in(world: World, certificate: Path | str, key: Path | str, anchors: Path | str) -> bool:
    """Whether the softswitch answers a client with this certificate."""
    said = world.shell(
        "(printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 0.5) | openssl s_client -quiet -connect 127.0.0.1:5061 -cert "
        f"{certificate} -cert_chain {certificate} -key {key} -CAfile {anchors} 2>&1 || :"
    )
    return "HTTP/1.0 200" in said


def everybody_is_registered(world: World) -> None:
    """Both gateways, each with the certificate that it has, and another run of the playbook changes nothing."""
    expected = {f"sip:{name}@example.com": serial(certificate(world, at)) for name, at in (("gw1", GW1), ("gw2", GW2))}
    said = [world.device(address) / "run/gateway.log" for address in (GW1, GW2)]
    assert world.registered() == expected, [path.read_text()[-600:] for path in said]
    assert changes(world.shell(SITE)) == 0


def changes(output: str) -> int:
    counts = re.findall(r"changed=(\d+)", output)
    assert counts, output
    return sum(map(int, counts))


def test_every_procedure_is_looked_at() -> None:
    tested = re.findall(r'tell\("(docs/docsite/rst/incident_\w+\.rst)"\)', Path(__file__).read_text())
    assert sorted(tested) == sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(f"{INCIDENTS}*.rst"))


def test_the_key_of_an_authority_is_lost(tell: Callable[[str], World]) -> None:
    world = tell("docs/docsite/rst/incident_ca_key_lost.rst")
    assert {issuer(world, address) for address in (VOS, GW1, GW2)} == {"issuer=CN=SIP Issuing CA 2027"}
    everybody_is_registered(world)


def test_the_key_of_an_authority_is_stolen(tell: Callable[[str], World]) -> None:
    world = tell("docs/docsite/rst/incident_ca_key_stolen.rst")
    thief = [world.folder / f"thief.{kind}" for kind in ("crt", "key", "ca")]
    openssl("verify", "-CAfile", thief[2], thief[0])  # by those who trusted the old authority it was a good one
    assert not let_in(world, *thief)
    gateway = world.device(GW1) / "etc/gateway/certs"
    assert let_in(world, gateway / "gateway.crt", gateway / "gateway.key", gateway / "ca.crt")
    refused = ["openssl", "verify", "-CAfile", gateway / "ca.crt", "-untrusted", thief[0], thief[0]]
    assert subprocess.run(refused, capture_output=True, check=False).returncode != 0
    assert {issuer(world, address) for address in (VOS, GW1, GW2)} == {"issuer=CN=SIP Issuing CA issuing2027"}
    everybody_is_registered(world)
    assert world.shell("git status --porcelain") == ""


def test_a_gateway_is_stolen(tell: Callable[[str], World]) -> None:
    world = tell("docs/docsite/rst/incident_gateway_stolen.rst")
    stolen = world.folder / "stolen/etc/gateway/certs"
    assert not let_in(world, stolen / "gateway.crt", stolen / "gateway.key", stolen / "ca.crt")
    assert serial(stolen / "gateway.crt") != serial(certificate(world, GW1))
    everybody_is_registered(world)


def test_the_key_of_a_softswitch_is_stolen(tell: Callable[[str], World]) -> None:
    world = tell("docs/docsite/rst/incident_softswitch_key_stolen.rst")
    stolen = world.folder / "stolen/etc/vos/certs/vos_server.crt"
    public = [openssl("x509", "-in", path, "-noout", "-pubkey") for path in (stolen, certificate(world, VOS))]
    assert public[0] != public[1]
    certs = world.device(VOS) / "etc/vos/certs"
    for path, words in ((stolen, "certificate revoked"), (certificate(world, VOS), ": OK")):
        done = subprocess.run(
            ["openssl", "verify", "-crl_check_all", "-CRLfile", certs / "crl.pem", "-CAfile", certs / "ca_bundle.crt", path],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert words in done.stdout + done.stderr
    everybody_is_registered(world)


def test_a_certificate_has_expired(tell: Callable[[str], World]) -> None:
    world = tell("docs/docsite/rst/incident_expired.rst")
    assert "|--gw1" in world.told.output.replace("  ", ""), "the inventory plugin has not named gw1"
    openssl("x509", "-in", certificate(world, GW1), "-noout", "-checkend", "86400")
    everybody_is_registered(world)


def test_the_controller_is_lost(tell: Callable[[str], World]) -> None:
    world = tell("docs/docsite/rst/incident_controller_lost.rst")
    world.start /= "fleet"
    not_kept = serial(world.folder / "not-kept.crt")
    kept = world.shell("git ls-files inventory/pki/certificates/gw2")
    assert not_kept in kept
    assert serial(certificate(world, GW1)) in world.shell("git ls-files inventory/pki/certificates/gw1")
    everybody_is_registered(world)
