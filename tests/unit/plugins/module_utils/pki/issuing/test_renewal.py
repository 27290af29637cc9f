# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.renewal import Installed, reason_to_issue
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.desired import DesiredCertificate
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named, public_key_digits
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import profile_named
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    GATEWAY,
    NOW,
    Maker,
    authority,
    issued,
    key,
)
from cryptography import x509

SECOND = timedelta(seconds=1)
ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
FOREIGN = authority("Foreign", number=102)
# The same name, but not the same key: what a rebuilt authority looks like.
IMPOSTOR = authority("Issuing", above=ROOT, number=103)


def wanted(by: Maker = ISSUING, **changes: object) -> DesiredCertificate:
    plain = DesiredCertificate(
        identity=GATEWAY,
        profile=profile_named("gateway"),
        key_type=key_type_named("ecdsa-p256"),
        valid_for=90 * DAY,
        renew_before=30 * DAY,
        issuer=by.certificate,
        presented=(by.certificate,),
    )
    return replace(plain, **changes)


def installed(
    certificate: x509.Certificate, *, above: tuple[x509.Certificate, ...] | None = None, **changes: object
) -> Installed:
    public_key = public_key_digits(certificate.public_key())
    plain = Installed(certificate, (ISSUING.certificate,) if above is None else above, public_key)
    return replace(plain, **changes)


GOOD = installed(issued(ISSUING))
OTHER_KEY = public_key_digits(key(7).public_key())

#: what is installed, what is wanted, the time, the reason that is expected (None: nothing is to be done)
TABLE = {
    "freshly issued": (GOOD, wanted(), NOW, None),
    "nothing there": (None, wanted(), NOW, "no certificate installed"),
    "key missing": (replace(GOOD, public_key=None), wanted(), NOW, "the private key is missing or unreadable"),
    "key of another": (replace(GOOD, public_key=OTHER_KEY), wanted(), NOW, "private key and certificate do not match"),
    "foreign issuer": (installed(issued(FOREIGN)), wanted(), NOW, "issued by CN=Foreign, not by CN=Issuing"),
    "issuer made anew under its old name": (
        installed(issued(IMPOSTOR)),
        wanted(),
        NOW,
        "issued by CN=Issuing, not by CN=Issuing",
    ),
    "expired this instant": (GOOD, wanted(), NOW + 90 * DAY, "expired 0 s ago"),
    "expired": (GOOD, wanted(), NOW + 92 * DAY, "expired 2 d ago"),
    "device clock of the maker was ahead": (
        GOOD,
        wanted(),
        NOW - timedelta(hours=2),
        "not valid before 2026-11-23 11:00:00 UTC",
    ),
    "name to be added": (
        GOOD,
        wanted(identity=replace(GATEWAY, dns=("gw1.example.com", "gw1.example.net"))),
        NOW,
        "names differ: DNS:gw1.example.net is missing",
    ),
    "name to be dropped": (
        GOOD,
        wanted(identity=replace(GATEWAY, dns=())),
        NOW,
        "names differ: DNS:gw1.example.com is not wanted",
    ),
    "user renamed": (
        GOOD,
        wanted(identity=Identity("gw1", ("sip:gw01@example.com",), ("gw1.example.com",))),
        NOW,
        "names differ: URI:sip:gw01@example.com is missing, URI:sip:gw1@example.com is not wanted",
    ),
    "common name": (
        GOOD,
        wanted(identity=replace(GATEWAY, common_name="gw01")),
        NOW,
        "names differ: common name 'gw1' is to be 'gw01'",
    ),
    "host names in another case": (
        GOOD,
        wanted(identity=Identity("gw1", ("sip:gw1@EXAMPLE.com",), ("GW1.example.com",))),
        NOW,
        None,
    ),
    "users are told apart by case (RFC 3261, section 19.1.4)": (
        GOOD,
        wanted(identity=Identity("gw1", ("sip:GW1@example.com",), ("gw1.example.com",))),
        NOW,
        "names differ: URI:sip:GW1@example.com is missing, URI:sip:gw1@example.com is not wanted",
    ),
    "key type": (
        GOOD,
        wanted(key_type=key_type_named("rsa-3072")),
        NOW,
        "key type is ecdsa-p256, to be rsa-3072",
    ),
    "profile": (
        GOOD,
        wanted(profile=profile_named("softswitch")),
        NOW,
        "not fit for profile softswitch: sipDomain is missing",
    ),
    "profile narrowed": (
        installed(issued(ISSUING, profile=profile_named("softswitch"))),
        wanted(),
        NOW,
        "not fit for profile gateway: sipDomain is not wanted",
    ),
    "no chain": (replace(GOOD, above=()), wanted(), NOW, "the chain behind the certificate is not the issuer's"),
    "chain with the root": (
        replace(GOOD, above=(ISSUING.certificate, ROOT.certificate)),
        wanted(),
        NOW,
        "the chain behind the certificate is not the issuer's",
    ),
    "valid_for made shorter": (
        GOOD,
        wanted(valid_for=45 * DAY),
        NOW,
        "valid for another 90 d, longer than the 45 d allowed",
    ),
    "valid_for made longer": (GOOD, wanted(valid_for=365 * DAY), NOW, None),
    "valid_for made shorter, yet no shorter than what is left": (
        GOOD,
        wanted(valid_for=45 * DAY),
        NOW + 45 * DAY,
        None,
    ),
    "the clock of another controller is a few minutes behind": (GOOD, wanted(), NOW - timedelta(minutes=5), None),
    "a second before it is due": (GOOD, wanted(), NOW + 60 * DAY - SECOND, None),
    "the second in which it is due": (
        GOOD,
        wanted(),
        NOW + 60 * DAY,
        "renewal due: 30 d left, renewed 30 d before the end",
    ),
    "long due": (GOOD, wanted(), NOW + 89 * DAY, "renewal due: 1 d left, renewed 30 d before the end"),
    "renew_before made longer": (
        GOOD,
        wanted(renew_before=80 * DAY),
        NOW + 20 * DAY,
        "renewal due: 70 d left, renewed 80 d before the end",
    ),
}


@pytest.mark.parametrize(("found", "want", "now", "reason"), TABLE.values(), ids=TABLE.keys())
def test_a_device_gets_a_new_certificate_for_this_reason(
    found: Installed | None, want: DesiredCertificate, now: datetime, reason: str | None
) -> None:
    assert reason_to_issue(found, want, now) == reason


def test_what_stops_a_device_from_working_comes_before_what_is_merely_due() -> None:
    """A certificate that has everything wrong is put right one thing after the other, and each in its turn is the reason."""
    softswitch = profile_named("softswitch")
    late = NOW + 75 * DAY
    steps: list[tuple[Installed, DesiredCertificate, datetime, str]] = []
    want = wanted(
        identity=replace(GATEWAY, dns=("other.example.com",)),
        key_type=key_type_named("rsa-2048"),
        profile=softswitch,
        valid_for=10 * DAY,
        renew_before=20 * DAY,
    )
    expired = issued(FOREIGN, valid_for=70 * DAY)
    steps.append((installed(expired, public_key=None, above=()), want, late, "the private key is missing"))
    steps.append((installed(expired, public_key=OTHER_KEY, above=()), want, late, "private key and certificate do not"))
    steps.append((installed(expired, above=()), want, late, "issued by"))
    steps.append((installed(issued(ISSUING, valid_for=70 * DAY), above=()), want, late, "expired"))
    found = installed(issued(ISSUING), above=())
    steps.append((found, want, late, "names differ"))
    want = replace(want, identity=GATEWAY)
    steps.append((found, want, late, "key type is"))
    want = replace(want, key_type=key_type_named("ecdsa-p256"))
    steps.append((found, want, late, "not fit for profile"))
    want = replace(want, profile=profile_named("gateway"))
    steps.append((found, want, late, "the chain behind"))
    found = installed(found.certificate)
    steps.append((found, want, late, "valid for another 15 d, longer than the 10 d"))
    want = replace(want, valid_for=90 * DAY)
    steps.append((found, want, late, "renewal due"))
    for found, want, now, beginning in steps:
        assert (reason_to_issue(found, want, now) or "").startswith(beginning)


@pytest.mark.parametrize("left", [1, 20, 30, 60, 89, 90, 91])
def test_what_was_just_issued_is_never_due_however_little_its_issuer_has_left(left: int) -> None:
    """A certificate that ends together with its issuer is as long as it gets: renewing it would go on forever."""
    ending = authority("Issuing", above=ROOT, number=104, made=NOW - 100 * DAY, valid_for=(100 + left) * DAY)
    fresh = installed(issued(ending), above=(ending.certificate,))
    assert fresh.certificate.not_valid_after_utc <= ending.certificate.not_valid_after_utc
    assert reason_to_issue(fresh, wanted(ending), NOW) is None


def test_a_certificate_is_renewed_once_more_where_its_issuer_ends_a_little_later() -> None:
    ending = authority("Issuing", above=ROOT, number=104, made=NOW - 100 * DAY, valid_for=195 * DAY)
    want = wanted(ending)
    first = installed(issued(ending), above=(ending.certificate,))
    due = NOW + 60 * DAY
    assert reason_to_issue(first, want, due) == "renewal due: 30 d left, renewed 30 d before the end"
    second = installed(issued(ending, made=due), above=(ending.certificate,))
    assert second.certificate.not_valid_after_utc == ending.certificate.not_valid_after_utc
    assert reason_to_issue(second, want, due) is None
    assert reason_to_issue(second, want, due + 34 * DAY) is None


def test_an_issuer_of_another_lifetime_does_not_make_a_shorter_valid_for_reissue_forever() -> None:
    want = wanted(valid_for=10 * DAY, renew_before=5 * DAY)
    assert reason_to_issue(installed(issued(ISSUING, valid_for=10 * DAY)), want, NOW) is None
