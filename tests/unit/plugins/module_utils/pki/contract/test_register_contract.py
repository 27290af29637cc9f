# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every register does."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.register import Register
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.crl import RevocationList, RevocationLists
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp import statuses
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.certificate_record import FORCED, Record
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.survey import Survey
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.serial_numbers import serial_digits
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.contract.pairs import (
    ISSUING,
    NOW,
    ROOT,
    SUCCESSOR,
    Pair,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, Maker, issued, key
from cryptography import x509

WEEK = Freshness(7 * DAY, 3 * DAY)


def record(pair: Pair, device: str = "gw1", number: int = 1, by: Maker = ISSUING, **options: object):
    """A certificate of a device, on record with its key."""
    options = {"made": NOW, **options}
    certificate = issued(by, identity=Identity(device), number=number, **options)
    name = {ISSUING: "issuing", SUCCESSOR: "successor"}[by]
    assert pair.register.claim_key(device, certificate.public_key()) is None
    pair.register.record_certificate(device, "gateway", certificate, authority=name, issued=options["made"])
    return certificate


def revocation(certificate: x509.Certificate, device: str = "gw1") -> Revocation:
    return Revocation(device, certificate.serial_number, "key_compromise", NOW, certificate.not_valid_after_utc)


def test_it_has_all_of_the_protocol(pair: Pair) -> None:
    assert isinstance(pair.register, Register)


def test_authorities_are_told_by_name(pair: Pair) -> None:
    register = pair.register
    register.check_exists()
    assert register.authority_names() == sorted(register.trusted_authorities) == ["issuing", "root", "successor"]
    assert register.authority("issuing").chain == (ROOT.certificate,)
    assert register.find_authority("other") is None
    with pytest.raises(SiptlsError, match="no authority named 'other'"):
        register.authority("other")


def test_anchors_are_each_told_once_whatever_the_order_of_the_names(pair: Pair) -> None:
    expected = (ROOT.certificate, ISSUING.certificate, SUCCESSOR.certificate)
    assert pair.register.anchors(["issuing", "successor"]) == expected
    assert pair.register.anchors(["successor", "issuing", "issuing"]) == expected


def test_a_record_is_kept_and_the_first_one_stays(pair: Pair) -> None:
    certificate, register = record(pair), pair.register
    path = register.record_certificate(
        "gw1", "softswitch", certificate, authority="successor", issued=NOW, reason=FORCED
    )
    (found,) = register.records("gw1")
    assert (found.certificate, found.profile, found.authority, found.reason) == (certificate, "gateway", "issuing", "")
    assert path == found.path == register.record_path("gw1", serial_hex(certificate))
    assert register.devices() == ["gw1"]
    assert register.has_record("gw1", certificate)
    assert not register.has_record("gw2", certificate)
    assert list(register.all_records()) == [found] == [register.find_record(certificate.serial_number)]
    assert register.record_serials("gw1") == [serial_hex(certificate)]
    assert register.has_serial("gw1", serial_hex(certificate))
    assert register.read_record("gw1", serial_hex(certificate)).certificate == certificate


def test_nothing_is_told_of_a_device_without_a_record(pair: Pair) -> None:
    register = pair.register
    assert register.records("gw1") == register.recorded("gw1") == ()
    assert register.devices() == register.record_serials("gw1") == []
    assert register.find_record(7) is None
    with pytest.raises(SiptlsError):
        register.read_record("gw1", "07")


def test_records_are_told_from_the_oldest_to_the_newest(pair: Pair) -> None:
    newer = record(pair, made=NOW)
    older = record(pair, made=NOW - 30 * DAY)
    assert [one.certificate for one in pair.register.records("gw1")] == [older, newer]


def test_a_record_is_believed_by_its_signature_and_not_by_what_was_said_of_it(pair: Pair) -> None:
    forged = issued(Maker(ISSUING.certificate, key(9)), identity=Identity("gw1"), made=NOW + DAY)
    record(pair)
    pair.register.record_certificate("gw1", "gateway", forged, authority="issuing", issued=NOW + DAY)
    assert pair.register.recorded("gw1")[-1].problem
    for read in (lambda: pair.register.records("gw1"), lambda: list(pair.register.all_records())):
        with pytest.raises(SiptlsError):
            read()


def test_a_certificate_of_another_device_is_not_believed(pair: Pair) -> None:
    certificate = record(pair, "gw1")
    pair.register.record_certificate("gw2", "gateway", certificate, authority="issuing", issued=NOW)
    with pytest.raises(SiptlsError, match="the key is that of gw1"):
        pair.register.records("gw2")


def test_many_are_recorded_after_their_keys_are_claimed_and_before_is_called(pair: Pair) -> None:
    register, seen = pair.register, []
    many = [
        Record(name, "gateway", "issuing", NOW, certificate, register.record_path(name, serial_hex(certificate)))
        for number, name in enumerate(("gw1", "gw2"))
        for certificate in [issued(ISSUING, identity=Identity(name), number=number)]
    ]

    def before() -> None:
        seen.append(
            [(register.record_serials(one.device), register.key_owner(one.certificate.public_key())) for one in many]
        )

    register.record_many(many, before=before)
    assert seen == [[([], "gw1"), ([], "gw2")]]
    assert [one.certificate for one in register.all_records()] == [one.certificate for one in many]
    with pytest.raises(SiptlsError, match=r"gw3: .*another device's.*the key of gw1"):
        register.record_many(
            [Record("gw3", "gateway", "issuing", NOW, many[0].certificate, many[0].path)], before=before
        )
    assert register.records("gw3") == ()
    assert len(seen) == 1


def test_a_key_belongs_to_whom_claimed_it_first(pair: Pair) -> None:
    register, public = pair.register, key(1).public_key()
    assert register.key_owner(public) is None
    assert [register.claim_key(name, public) for name in ("gw1", "gw1", "gw2")] == [None, None, "gw1"]
    assert register.key_owner(public) == "gw1"


def test_a_revocation_stands(pair: Pair) -> None:
    certificate, register = record(pair), pair.register
    first, second = revocation(certificate), Revocation("gw1", certificate.serial_number, "superseded", NOW + DAY)
    assert register.revoking() == []
    assert [register.revoke("issuing", first), register.revoke("issuing", second)] == [True, False]
    assert register.revoking() == ["issuing"]
    assert register.revocations("issuing") == (first,)
    serial = certificate.serial_number
    assert register.revocation("issuing", serial) == register.recorded_revocation("issuing", serial) == first
    assert register.revoked_serials("issuing") == {serial_digits(serial)}
    assert register.recorded_revocation_of("issuing", serial_digits(serial)) == first
    assert register.revocation("successor", serial) is None
    assert register.revocations("successor") == ()


def test_a_revoked_certificate_without_its_record_stops_every_device(pair: Pair) -> None:
    other = record(pair, "gw2", 2)
    register = pair.register
    register.revoke("issuing", revocation(issued(ISSUING, identity=Identity("gw1")), "gw1"))
    with pytest.raises(SiptlsError, match=r"of gw1 was revoked, and its record is missing"):
        register.refuse_missing_record("gw2", register.records("gw2"))
    assert register.has_record("gw2", other)


def test_the_crl_with_the_highest_number_counts_and_no_number_is_taken_twice(pair: Pair) -> None:
    register, signer = pair.register, pair.signer("issuing")
    assert register.last_crl("issuing") is None
    lists = [RevocationList(number, signer.sign_crl([], number, WEEK, NOW)) for number in (9, 10, 2)]
    for one in lists:
        register.record_crl("issuing", one)
    found = register.last_crl("issuing")
    assert found
    assert (found.number, found.pem) == (10, lists[1].pem)
    with pytest.raises(FileExistsError):
        register.record_crl("issuing", RevocationList(9, signer.sign_crl([], 9, WEEK, NOW)))
    assert register.last_crl("successor") is None


def test_a_revocation_in_the_crl_whose_record_is_gone_stops_whoever_asks(pair: Pair) -> None:
    register, signer = pair.register, pair.signer("issuing")
    lost = revocation(record(pair))
    register.record_crl("issuing", RevocationList(1, signer.sign_crl([lost], 1, WEEK, NOW)))
    for read in (lambda: register.revocation("issuing", lost.serial), lambda: register.revocations("issuing")):
        with pytest.raises(SiptlsError, match="revokes .*, but the record of that is missing"):
            read()
    assert register.recorded_revocation("issuing", lost.serial) is None


def test_crls_are_made_from_the_revocations_and_renewed_when_due(pair: Pair) -> None:
    register, signer = pair.register, pair.signer("issuing")
    lists = RevocationLists(register, signer.authority)
    first = lists.renew(signer, WEEK, NOW)
    assert lists.renew(signer, WEEK, NOW).number == first.number
    certificate = record(pair)
    register.revoke("issuing", revocation(certificate))
    assert "revoked since the last list" in str(lists.reason(lists.current(), WEEK, NOW))
    second = lists.renew(signer, WEEK, NOW)
    assert second.number > first.number
    assert second.serials == {certificate.serial_number}


def test_responders_are_known_by_their_certificates(pair: Pair) -> None:
    register, signer = pair.register, pair.signer("issuing")
    made = signer.responder(WEEK, NOW).certificate
    assert not register.has_responder(signer.authority, made)
    register.record_responder(signer.authority, made)
    assert register.has_responder(signer.authority, made)


def test_ocsp_tells_good_and_revoked(pair: Pair) -> None:
    good, bad = record(pair, "gw1", 1), record(pair, "gw2", 2)
    pair.register.revoke("issuing", revocation(bad, "gw2"))
    found = {
        one.certificate: bool(one.revocation)
        for one in statuses(pair.register, pair.register.authority("issuing"), NOW)
    }
    assert found == {good: False, bad: True}


def test_trust_is_proven_once_and_compared_with_the_records(pair: Pair) -> None:
    register = pair.register
    seen = {"gw1": serial_hex(record(pair, "gw1", 1))}
    assert register.trust_proof("successor", now=NOW) is None
    assert register.predecessor("successor") == ""
    proves = [register.record_trust("successor", before="issuing", seen=seen, now=NOW + DAY) for _twice in range(2)]
    assert proves == [True, False]
    proof = register.trust_proof("successor", now=NOW + DAY, thorough=True)
    assert proof
    assert (proof.authority, proof.other, dict(proof.seen)) == ("successor", "issuing", seen)
    assert register.predecessor("successor") == "issuing"
    record(pair, "gw2", 2)
    with pytest.raises(SiptlsError, match="gw2 has a valid certificate of issuing, and is not in it"):
        register.trust_proof("successor", now=NOW + DAY)


def test_retirement_is_proven_by_certificates_of_the_successor_alone(pair: Pair) -> None:
    register = pair.register
    old, new = record(pair, "gw1", 1), record(pair, "gw1", 2, SUCCESSOR)
    with pytest.raises(SiptlsError, match="was issued by issuing"):
        register.record_retirement("issuing", after="successor", seen={"gw1": serial_hex(old)}, now=NOW + DAY)
    with pytest.raises(SiptlsError, match="is not on record"):
        register.record_retirement("issuing", after="successor", seen={"gw2": serial_hex(old)}, now=NOW + DAY)
    assert register.retirement_proof("issuing", now=NOW + DAY) is None
    assert register.record_retirement("issuing", after="successor", seen={"gw1": serial_hex(new)}, now=NOW + DAY)
    assert register.retirement_proof("issuing", now=NOW + DAY, thorough=True)
    assert register.successor("issuing") == "successor"


def test_the_survey_tells_states_and_holders(pair: Pair) -> None:
    good, due, bad = (
        record(pair, "gw1", 1),
        record(pair, "gw2", 2, valid_for=20 * DAY),
        record(pair, "gw3", 3),
    )
    pair.register.revoke("issuing", revocation(bad, "gw3"))
    survey = Survey(pair.register, renew_before=30 * DAY, now=NOW + DAY, verify=True)
    assert survey.problems == ()
    newest = {device: survey.newest(device) for device in survey.devices()}
    assert {device: found.standing.state for device, found in newest.items()} == {
        "gw1": "ok",
        "gw2": "due",
        "gw3": "revoked",
    }
    assert {found.authority for found in newest.values()} == {"issuing"}
    assert survey.holders() == {serial_hex(good): "gw1", serial_hex(due): "gw2", serial_hex(bad): "gw3"}
    assert survey.look_up(due, first="gw1").device == "gw2"
    assert survey.look_up(issued(SUCCESSOR)).path is None
    assert survey.newest("gw4") is None


def test_the_survey_says_which_record_is_missing(pair: Pair) -> None:
    record(pair, "gw2", 2)
    pair.register.revoke("issuing", revocation(issued(ISSUING, identity=Identity("gw1")), "gw1"))
    (problem,) = Survey(pair.register, renew_before=30 * DAY, now=NOW).problems
    assert "of gw1 was revoked, and its record is missing" in str(problem)
