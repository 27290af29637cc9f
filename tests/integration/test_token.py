# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities whose keys are in a PKCS #11 token: SoftHSM, by its real library."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUING_PASSPHRASE,
    assert_pair,
    authority,
    gateway,
    issuing,
    openssl,
    records,
    verify,
)

pytestmark = pytest.mark.nightly

PIN = "pin-4711-aeGh"
ROLES = Path(__file__).parents[2] / "roles"
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")


@pytest.fixture
def token(play: Play, tmp_path: Path) -> dict[str, str]:
    """A new token, and how a task names a key in it."""
    library = next((path for path in LIBRARIES if Path(path).is_file()), "")
    assert library, "SoftHSM is not installed: tools/bootstrap checks"
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(
        f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n"
    )
    play.environment["SOFTHSM2_CONF"] = str(tmp_path / "softhsm2.conf")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "sip ca", "--so-pin", "security-officer", "--pin", PIN],
        env=play.environment,
        check=True,
        capture_output=True,
    )
    return {"module": library, "token": "sip ca", "object": "root"}


def in_token(token: dict[str, str], name: str, kind: str = "ecdsa-p384") -> dict[str, object]:
    return {"type": kind, "passphrase": PIN, "pkcs11": {**token, "object": name}}


def by_token(token: dict[str, str]) -> dict[str, str]:
    """How a task names an issuer whose key is in the token."""
    return {"passphrase": PIN, "pkcs11_module": token["module"]}


@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-p256", "ecdsa-p384"])
def test_authorities_and_devices_are_certified_with_keys_that_no_file_holds(
    play: Play, token: dict[str, str], kind: str
) -> None:
    tasks = [
        authority(key=in_token(token, "root", kind)),
        issuing(issuer=by_token(token), key=in_token(token, "issuing", kind)),
        gateway(issuer=by_token(token)),
    ]
    hosts = ["gw1", "gw2", "gw3"]
    foretold = play(tasks, hosts=hosts, check=True)
    assert not (play.folder / "pki").exists()
    assert all(foretold.changed().values())
    made = play(tasks, hosts=hosts, forks=3)
    for host in hosts:
        verify(play.device(host) / "certs")
        assert_pair(play.device(host) / "certs")
    assert play(tasks, hosts=hosts).nothing_changed
    assert len(records(play.folder / "pki")) == len(hosts)
    for path in (play.folder / "pki").rglob("*"):
        assert not path.is_file() or "PRIVATE KEY" not in path.read_text()
    uri = (play.folder / "pki/authorities/issuing/private_key.pkcs11").read_text()
    assert uri == "pkcs11:token=sip%20ca;object=issuing;type=private\n", "no library is named in the PKI directory"
    assert PIN not in made.output + foretold.output
    algorithm = re.search(
        r"Signature Algorithm: (\S+)", openssl("x509", "-in", play.device("gw1") / "certs/ca.crt", "-text")
    )
    assert algorithm
    assert ("rsa" in algorithm[1].lower()) is kind.startswith("rsa")


def test_the_root_in_a_token_above_an_issuing_authority_in_a_file(play: Play, token: dict[str, str]) -> None:
    play([authority(key=in_token(token, "root")), issuing(issuer=by_token(token)), gateway()])
    verify(play.device("gw1") / "certs")


def test_a_batch_is_certified_with_a_key_in_a_token(play: Play, token: dict[str, str]) -> None:
    devices = [
        {"name": name, "identity": {"common_name": name, "sip_uris": [f"sip:{name}@example.com"]}}
        for name in ("a", "b", "c")
    ]
    batch = {
        "issuer": {"pki": "pki", "authority": "issuing", **by_token(token)},
        "devices": devices,
        "directory": "out",
        "outputs": ["pair", "trust_bundle"],
    }
    tasks = [
        authority(key=in_token(token, "root")),
        issuing(issuer=by_token(token), key=in_token(token, "issuing")),
        {"name": "The batch", "siptls.vos.device_certificate_batch": batch},
    ]
    assert play(tasks).of("gw1")["issued"] == 3
    assert play(tasks).nothing_changed
    for name in ("a", "b", "c"):
        verify(play.folder / "out" / name, "certificate.pem", "trust_bundle.pem")


def test_a_wrong_pin_token_or_key_is_told_and_nothing_is_signed(play: Play, token: dict[str, str]) -> None:
    task = gateway(issuer=by_token(token))
    play([authority(key=in_token(token, "root")), issuing(issuer=by_token(token), key=in_token(token, "issuing"))])
    wrong = play([gateway(issuer={**by_token(token), "passphrase": ISSUING_PASSPHRASE})], fails=True)
    assert "authority issuing" in wrong.message("gw1")
    assert "the PIN is not that of the token" in wrong.message("gw1")
    assert ISSUING_PASSPHRASE not in wrong.output
    uri = play.folder / "pki/authorities/issuing/private_key.pkcs11"
    right = uri.read_text()
    cases = {
        right.replace("sip%20ca", "other"): "there is no token 'other'",
        right.replace("object=issuing", "object=other"): "there is no private key 'other' in the token",
        right.replace(
            "object=issuing", "object=root"
        ): "the key in the token does not belong to this authority's certificate",
        "pkcs11:token=x": "this names no key in a token",
    }
    for text, words in cases.items():
        uri.write_text(text)
        message = play([task], fails=True).message("gw1")
        assert words in message
        assert "Traceback" not in message
        uri.write_text(right)
    library = gateway(issuer={**by_token(token), "pkcs11_module": "/usr/lib/nothing.so"})
    assert "the token's library cannot be loaded" in play([library], fails=True).message("gw1")
    assert not records(play.folder / "pki")
    assert not (play.device("gw1") / "certs/gateway.crt").exists()
    uri.write_text(right)
    play([task])
    verify(play.device("gw1") / "certs")


def test_what_a_token_cannot_do_is_told(play: Play, token: dict[str, str]) -> None:
    message = play([authority(key=in_token(token, "root", "ed25519"))], fails=True).message("gw1")
    assert "a key of type ed25519 cannot be kept in a token" in message
    play([authority(key=in_token(token, "root"))])
    message = play([authority("second", key=in_token(token, "root", "rsa-2048"))], fails=True).message("gw1")
    assert "the key in the token is of another type. Expected: rsa-2048. Found: ecdsa-p384" in message
    moved = play([authority(key={"pkcs11": None, "type": "ecdsa-p384", "passphrase": PIN})], fails=True).message("gw1")
    assert "private key is kept pkcs11:token=sip%20ca;object=root" in moved
    assert "asked for in a file" in moved


def test_an_authority_whose_key_was_in_a_token_before_is_brought_along(play: Play, token: dict[str, str]) -> None:
    play([authority(key=in_token(token, "root"))])
    (play.folder / "pki/authorities/root/certificate.pem").rename(play.folder / "root.pem")
    brought = authority("company", subject=None, certificate="root.pem", key=in_token(token, "root"))
    assert play([brought]).of("gw1")["changed"]
    assert play([brought]).nothing_changed
    play([issuing(issuer={"authority": "company", **by_token(token)}), gateway()])
    verify(play.device("gw1") / "certs")


def test_without_the_library_it_is_told_what_to_install(play: Play, token: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "hidden/pkcs11").mkdir(parents=True)
    (tmp_path / "hidden/pkcs11/__init__.py").write_text("raise ImportError('hidden for this test')\n")
    play.environment["PYTHONPATH"] = str(tmp_path / "hidden")
    message = play([authority(key=in_token(token, "root"))], fails=True).message("gw1")
    assert "needs the Python library python-pkcs11" in message
    assert "pip install python-pkcs11" in message


LIBRARY = """
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void ran(void) { close(open("MARKER", O_CREAT | O_WRONLY, 0644)); }
"""


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A library that leaves a marker beside itself as soon as it is loaded."""
    (tmp_path / "evil.c").write_text(LIBRARY.replace("MARKER", str(tmp_path / "marker")))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "evil.so", tmp_path / "evil.c"], check=True, timeout=60)
    return tmp_path / "evil.so"


def test_no_library_is_loaded_because_a_file_of_the_pki_directory_names_it(
    play: Play, token: dict[str, str], pki: Path, evil: Path
) -> None:
    file = pki / "authorities/issuing/private_key.pkcs11"
    named = f"pkcs11:token=sip%20ca;object=issuing;type=private?module-path={evil}\n"
    file.write_text(named)
    added = play([gateway()], fails=True).message("gw1")
    assert "there are two private keys of this authority" in added
    (pki / "authorities/issuing/private_key.pem").unlink()
    moved = play([gateway()], fails=True).message("gw1")
    assert "the private key is in a token, and no PKCS #11 module is named" in moved
    assert "pki_issuing_pkcs11.module" in moved
    other = play([gateway(issuer=by_token(token))], fails=True).message("gw1")
    assert "the file names another PKCS #11 module than the inventory" in other
    assert f"Found: module-path={evil}" in other
    file.write_text(f"pkcs11:token=sip%20ca;object=issuing?pin-source=file:/etc/passwd&module-name={evil}\n")
    assert "this names no key in a token" in play([gateway(issuer=by_token(token))], fails=True).message("gw1")
    assert not (evil.parent / "marker").exists()
    # The library does what the test says that it does
    file.write_text(named)
    play([gateway(issuer={**by_token(token), "pkcs11_module": str(evil)})], fails=True)
    assert (evil.parent / "marker").exists()


def test_library_that_an_older_version_recorded_is_accepted_where_the_inventory_names_the_same(
    play: Play, token: dict[str, str]
) -> None:
    tasks = [
        authority(key=in_token(token, "root")),
        issuing(issuer=by_token(token), key=in_token(token, "issuing")),
        gateway(issuer=by_token(token)),
    ]
    play(tasks[:2])
    for name in ("root", "issuing"):
        file = play.folder / f"pki/authorities/{name}/private_key.pkcs11"
        file.write_text(file.read_text().strip() + f"?module-path={token['module']}\n")
    assert play(tasks).changed() == {"gw1": True}
    assert play(tasks).nothing_changed


def test_library_for_a_key_in_a_file_is_refused(play: Play, token: dict[str, str], pki: Path) -> None:
    message = play([gateway(issuer={"pkcs11_module": token["module"]})], fails=True).message("gw1")
    assert "is in a file, and a PKCS #11 module is named for it" in message


def test_roles_keep_both_keys_in_tokens(play: Play, token: dict[str, str]) -> None:
    """The role pki with its revocation lists, and the issuers of the roles gateway, vos and revocation."""
    variables = {
        "pki_directory": str(play.folder / "pki"),
        "pki_root_passphrase": PIN,
        "pki_issuing_passphrase": PIN,
        "pki_root_pkcs11": {**token, "object": "root"},
        "pki_issuing_pkcs11": {**token, "object": "issuing"},
        "pki_root_key_type": "ecdsa-p384",
    }
    keep = {"name": "Keep the CAs", "ansible.builtin.include_role": {"name": "siptls.vos.pki"}}
    lists = {
        "name": "Keep the CRLs",
        "ansible.builtin.include_role": {"name": "siptls.vos.pki", "tasks_from": "revocation_lists"},
    }
    revoke = {"pki": "{{ pki_directory }}", "authority": "issuing", "device": "gw1"}
    issuers = [
        {
            "name": f"The issuer of the role {role}",
            "ansible.builtin.include_vars": {"file": str(ROLES / role / path)},
        }
        for role, path in (
            ("gateway", "vars/main/main.yml"),
            ("vos", "vars/main/main.yml"),
            ("revocation", "vars/main.yml"),
        )
    ]
    certificates = [
        {**gateway(issuer=None, directory=f"{{{{ device }}}}/{role}"), "name": f"By the issuer of {role}"}
        for role in ("gateway", "vos", "revocation")
    ]
    names = {"gateway": "__gateway_classical_issuer", "vos": "__vos_issuer", "revocation": "__revocation_issuer"}
    for task, name in zip(certificates, names.values(), strict=True):
        task["siptls.vos.device_certificate"]["issuer"] = f"{{{{ {name} }}}}"
    made = play([keep, lists, *issuers, *certificates], variables=variables)
    assert PIN not in made.output
    for role in names:
        verify(play.device("gw1") / role)
    before = len(list((play.folder / "pki/revocation_lists/issuing").iterdir()))
    play([{"name": "Revoke", "siptls.vos.certificate_revocation": revoke}, lists], variables=variables)
    assert len(list((play.folder / "pki/revocation_lists/issuing").iterdir())) == before + 1
    assert play([keep, lists], variables=variables).nothing_changed
    for path in (play.folder / "pki").rglob("*"):
        assert not path.is_file() or "PRIVATE KEY" not in path.read_text()
