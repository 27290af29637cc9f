# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What siptls.vos.certificate_info tells of a directory that the other modules made, with openssl as the judge of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUER,
    Task,
    authority,
    gateway,
    openssl,
    serial,
    softswitch,
)


def info(**options: Any) -> Task:
    return {"name": "The look", "siptls.vos.certificate_info": options}


def revoke(device: str) -> Task:
    return {"siptls.vos.certificate_revocation": {"pki": "pki", "authority": "issuing", "device": device}}


def revocation_list(**options: Any) -> Task:
    return {"siptls.vos.revocation_list": {"issuer": ISSUER, **options}}


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(found: Any) -> list[str]:
    return [one["device"] for one in found["certificates"]]


def test_the_whole_directory_is_told_and_nothing_is_changed(play: Play, pki: Path) -> None:
    play(
        [gateway(valid_for="{{ valid_for }}", renew_before="1d")],
        hosts={"gw1": {"valid_for": "90d"}, "gw2": {"valid_for": "20d"}},
    )
    play([softswitch(), revoke("gw1"), revocation_list()], hosts=["vos"])
    before = contents(pki)
    for options in ({}, {"check": True, "diff": True}):
        outcome = play([info(pki="pki")], **options)
        assert outcome.nothing_changed
    found = outcome.of("gw1")
    assert names(found) == ["gw1", "gw2", "vos"]
    assert found["counts"] == {"ok": 1, "due": 1, "expired": 0, "revoked": 1, "unknown": 0}
    gw1, gw2, vos = found["certificates"]
    assert gw1["state"] == "revoked"
    assert gw1["revocation"]["reason"] == "unspecified"
    assert gw1["reason"].startswith("revoked 20")
    assert (gw2["state"], gw2["days_left"], gw2["revocation"]) == ("due", 19, None)
    assert gw2["reason"] == "renewal due: 19 d left, renewed 30 d before the end"
    assert (vos["state"], vos["reason"], vos["profile"]) == ("ok", "89 d left", "softswitch")
    installed = play.device("gw2") / "certs/gateway.crt"
    assert gw2["serial_number"] == serial(installed)
    said = openssl("x509", "-in", installed, "-noout", "-fingerprint", "-sha256", "-subject", "-nameopt", "RFC2253")
    assert gw2["fingerprint_sha256"] in said
    assert f"subject={gw2['subject']}" in said.replace("subject= ", "subject=")
    assert gw2["names"] == ["URI:sip:gw2@example.com", "DNS:gw2.example.com"]
    assert (gw2["authority"], gw2["profile"], gw2["key_type"]) == ("issuing", "gateway", "ecdsa-p256")
    assert Path(gw2["path"]) in before
    chain = gw2["chain"]
    assert (chain["verified"], chain["problem"]) == (True, "")
    assert [one["subject"].partition(",")[0] for one in chain["certificates"]] == [
        "CN=gw2",
        "CN=Example SIP Issuing CA",
        "CN=Example SIP Root CA",
    ]
    for one, name in zip(chain["certificates"][1:], ("issuing", "root"), strict=True):
        of_file = openssl(
            "x509", "-in", pki / f"authorities/{name}/certificate.pem", "-noout", "-fingerprint", "-sha256"
        )
        assert one["fingerprint_sha256"] in of_file
    below, root = found["authorities"]
    assert (below["name"], below["state"], below["days_left"], below["chain"]["verified"]) == (
        "issuing",
        "ok",
        1824,
        True,
    )
    assert (below["revocation_list"]["state"], below["revocation_list"]["reason"]) == (
        "ok",
        "6 d until the next update",
    )
    assert (root["name"], root["state"], root["revocation_list"]) == ("root", "ok", None)
    assert contents(pki) == before


def test_devices_states_and_all_choose_what_is_told(play: Play, pki: Path) -> None:
    play([gateway()], hosts=["gw1", "gw2"])
    play([gateway(identity={"dns": ["new.example.com"]}), revoke("gw2")])
    tasks = {
        "newest": info(pki="pki"),
        "all": info(pki="pki", all=True),
        "one": info(pki="pki", device="gw1", all=True),
        "states": info(pki="pki", states=["revoked"]),
        "nobody": info(pki="pki", devices=["gw2", "nobody"], all=True),
        "later": info(pki="pki", renew_before="100d", states=["due"]),
    }
    outcome = play([{**task, "name": name} for name, task in tasks.items()])
    found = {name: outcome.of("gw1", name) for name in tasks}
    assert names(found["newest"]) == ["gw1", "gw2"]
    assert names(found["all"]) == ["gw1", "gw1", "gw2"]
    assert names(found["one"]) == ["gw1", "gw1"]
    assert [one["names"][-1] for one in found["one"]["certificates"]] == ["DNS:gw1.example.com", "DNS:new.example.com"]
    assert found["one"]["certificates"][0]["issued"] < found["one"]["certificates"][1]["issued"]
    assert names(found["states"]) == ["gw2"]
    assert found["states"]["counts"]["ok"] == 1
    assert names(found["nobody"]) == ["gw2", "nobody"]
    nobody = found["nobody"]["certificates"][1]
    assert (nobody["state"], nobody["reason"], nobody["path"]) == ("unknown", "no certificate on record", None)
    assert nobody["serial_number"] is None
    assert names(found["later"]) == ["gw1"]


def test_one_certificate_is_judged_by_itself_and_by_the_directory(play: Play, pki: Path) -> None:
    play(
        [
            gateway(),
            revoke("gw1"),
            authority("other", subject={"common_name": "Other"}, key={"passphrase": "of-the-other"}),
        ]
    )
    installed = str(play.device("gw1") / "certs/gateway.crt")
    root = (pki / "authorities/root/certificate.pem").read_text()
    shutil.copytree(pki, play.folder / "elsewhere")
    shutil.rmtree(play.folder / "elsewhere/authorities/issuing")
    shutil.rmtree(play.folder / "elsewhere/certificates")
    tasks = {
        "alone": info(certificate=installed),
        "with its root": info(certificate=installed, chain=root),
        "text": info(certificate="{{ lookup('file', installed) }}", pki="pki"),
        "elsewhere": info(certificate=installed, pki="elsewhere"),
    }
    outcome = play([{**task, "name": name} for name, task in tasks.items()], variables={"installed": installed})
    found = {name: outcome.of("gw1", name)["certificates"][0] for name in tasks}
    assert (found["alone"]["state"], found["alone"]["device"], found["alone"]["path"]) == ("ok", "", None)
    assert "authorities" not in outcome.of("gw1", "alone")
    assert found["alone"]["chain"]["problem"].startswith("the chain ends before a trust anchor: no certificate of ")
    assert found["with its root"]["chain"]["verified"]
    assert len(found["with its root"]["chain"]["certificates"]) == 3
    assert (found["text"]["state"], found["text"]["device"], found["text"]["profile"]) == ("revoked", "gw1", "gateway")
    assert found["text"]["chain"]["verified"], "which says nothing of revocation"
    assert found["elsewhere"]["state"] == "unknown"
    assert found["elsewhere"]["reason"].endswith("which is not in the PKI directory")
    assert not found["elsewhere"]["chain"]["verified"]


def test_what_is_damaged_is_told_and_hides_nothing(play: Play, pki: Path) -> None:
    play([gateway()], hosts=["gw1", "gw2"])
    play([revocation_list(), revoke("gw2"), authority("third", key={"passphrase": "of-the-third"})])
    damaged = next((pki / "certificates/gw1").iterdir())
    damaged.write_text(damaged.read_text()[:700])
    (pki / "authorities/third/chain.pem").write_text("nonsense")
    found = play([info(pki="pki")]).of("gw1")
    assert [one["state"] for one in found["certificates"]] == ["unknown", "revoked"]
    assert str(damaged) in found["certificates"][0]["reason"]
    assert "restore the file from git" in found["certificates"][0]["reason"]
    assert found["certificates"][0]["chain"] is None
    assert [one["state"] for one in found["authorities"]] == ["ok", "ok", "unknown"]
    assert "authorities/third/chain.pem" in found["authorities"][2]["reason"]
    current = found["authorities"][0]["revocation_list"]
    assert current["state"] == "due"
    assert current["reason"].startswith("revoked since the last list: ")
    next(pki.glob("revocation_lists/issuing/*.pem")).write_text("nonsense")
    found = play([info(pki="pki")]).of("gw1")
    assert found["authorities"][0]["revocation_list"]["state"] == "unknown"
    shutil.rmtree(pki / "authorities/issuing")
    found = play([info(pki="pki", states=["unknown"])]).of("gw1")
    assert names(found) == ["gw1"]
    assert found["counts"]["revoked"] == 1, "revoked on record, whoever is gone"


def test_an_authority_that_was_revoked_takes_its_certificates_with_it(play: Play, pki: Path) -> None:
    play([gateway()])
    number = serial(pki / "authorities/issuing/certificate.pem")
    task = {"pki": "pki", "authority": "root", "serial_number": number, "on_record": False, "reason": "ca_compromise"}
    found = play([{"siptls.vos.certificate_revocation": task}, info(pki="pki")]).of("gw1", "The look")
    assert found["certificates"][0]["state"] == "revoked"
    assert found["certificates"][0]["reason"].startswith("its authority issuing was revoked 20")
    assert found["certificates"][0]["revocation"] is None
    assert [(one["name"], one["state"]) for one in found["authorities"]] == [("issuing", "revoked"), ("root", "ok")]
    assert found["authorities"][0]["revocation"]["reason"] == "ca_compromise"


def test_what_is_wrong_is_told(play: Play, pki: Path) -> None:
    (play.folder / "text").write_text("nonsense")
    cases = {
        f"{play.folder}/nowhere: there is no PKI directory here": info(pki="nowhere"),
        f"{pki}/authorities: there is no PKI directory here": info(pki="pki/authorities"),
        "Found: a file": info(pki="text"),
        f"{play.folder}/nothing.crt: certificate cannot be read on the controller": info(certificate="nothing.crt"),
        f"{play.folder}/text: holds no readable certificate": info(certificate="text"),
        "certificate: holds no readable certificate": info(certificate="-----BEGIN CERTIFICATE-----\n"),
        "renew_before is not a duration": info(pki="pki", renew_before="soon"),
        "one of the following is required: certificate, pki": info(),
        "mutually exclusive": info(pki="pki", certificate="text", devices=["gw1"]),
        "value of states must be one or more of": info(pki="pki", states=["fine"]),
        "missing parameter(s) required by 'chain': certificate": info(pki="pki", chain="text"),
    }
    outcome = play(
        [{**task, "name": words, "ignore_errors": True} for words, task in cases.items()],
        environment={"COLUMNS": "300"},
    )
    for words in cases:
        assert words in outcome.message("gw1", words)
