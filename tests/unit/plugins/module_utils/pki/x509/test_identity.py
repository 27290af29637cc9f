# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import (
    Identity,
    domain_of,
    identity_of,
    user_of,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import PROFILES
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import authority, issued, name
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
HOSTS = st.builds(
    lambda labels, top: ".".join([*labels, top]), st.lists(LABELS, max_size=4), st.sampled_from(["com", "example"])
)
USERS = st.from_regex(r"[A-Za-z0-9!*_.~'()&=+$,;?/-]{1,20}", fullmatch=True)
URIS = st.one_of(HOSTS.map("sip:{}".format), st.builds("sip:{}@{}".format, USERS, HOSTS))
COMMON_NAMES = st.text(
    st.characters(categories=("L", "N", "P", "S"), include_characters=" "), min_size=1, max_size=20
).filter(lambda text: len(text.encode()) <= 64)
LISTS = {"max_size": 6, "unique": True}


@given(COMMON_NAMES, st.lists(URIS, **LISTS), st.lists(HOSTS, **LISTS), st.sampled_from(list(PROFILES.values())))
def test_what_goes_into_a_certificate_is_read_from_it_again(common_name, uris, dns, profile) -> None:
    if not uris and not dns:
        dns = ["gw1.example.com"]
    wanted = Identity.checked(common_name, uris, dns)
    certificate = x509.load_der_x509_certificate(
        issued(authority("Root"), identity=wanted, profile=profile).public_bytes(Encoding.DER)
    )
    found = identity_of(certificate)
    assert found == wanted
    assert wanted.differences(found) == []
    assert profile.differences(certificate) == []


@pytest.mark.parametrize(
    "uri",
    ["sip:example.com", "sip:gw1@example.com", "sip:+4930123@example.com", "sip:a%40b@example.com", "sip:gw1@vos"],
)
def test_accepted_as_an_identity(uri: str) -> None:
    assert Identity.checked("x", [uri], []).sip_uris == (uri,)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "example.com",
        "gw1@example.com",
        "sip:",
        "sip:@example.com",
        "sip:gw1@",
        "sips:example.com",
        "SIP:example.com",
        "sip:example.com:5061",
        "sip:gw1@example.com:5061",
        "sip:example.com;transport=tls",
        "sip:*.example.com",
        "sip:gw1@example.com?subject=x",
        "sip:gw1:secret@example.com",
        "sip:gw 1@example.com",
        "sip:example.com\n",
        "sip:a@b@example.com",
        "sip:-a.example.com",
        "sip:exa_mple.com",
        "sip:bücher.example",
        "sip:.example.com",
        "sip:" + "a" * 64 + ".com",
        "sip:" + ".".join(["a" * 60] * 5),
        "sip:[2001:db8::1]",
        "tel:+4930123",
    ],
)
def test_refused_as_an_identity(uri: str) -> None:
    with pytest.raises(SiptlsError, match="identity.sip_uris holds a value that is no identity") as refused:
        Identity.checked("x", ["sip:example.com", uri], [])
    assert refused.value.found == repr(uri)
    assert "RFC 5922" in refused.value.expected


@pytest.mark.parametrize(
    "host", ["gw1", "gw1.example.com", "xn--bcher-kva.example", "1.example.com", "GW1.EXAMPLE.COM"]
)
def test_accepted_as_a_host_name(host: str) -> None:
    assert Identity.checked("x", [], [host]).dns == (host,)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "*.example.com",
        "bücher.example",
        "gw1.example.com.",
        ".example.com",
        "a..b",
        "-a.com",
        "a-.com",
        "gw_1.com",
        "192.0.2.1",
        "2001:db8::1",
        "a b",
        "a\n",
        "a" * 64 + ".com",
        ".".join(["a" * 60] * 5),
        "sip:example.com",
    ],
)
def test_refused_as_a_host_name(host: str) -> None:
    with pytest.raises(SiptlsError, match="identity.dns holds a value that is no host name") as refused:
        Identity.checked("x", ["sip:example.com"], [host])
    assert refused.value.found == repr(host)


@pytest.mark.parametrize("common_name", ["", "a" * 65, "语" * 22, "\ud800", "gw\n1", "gw\x001", "a\u202eb"])
def test_refused_as_a_common_name(common_name: str) -> None:
    with pytest.raises(SiptlsError, match="identity.common_name cannot be a common name"):
        Identity.checked(common_name, ["sip:example.com"], [])


def test_an_identity_needs_an_alternative_name() -> None:
    with pytest.raises(SiptlsError, match="no subject alternative name"):
        Identity.checked("gw1.example.com", [], [])


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=80))
def test_any_text_is_a_name_or_a_clear_error(uri: str, host: str, common_name: str) -> None:
    try:
        accepted = Identity.checked(common_name, [uri], [host])
    except SiptlsError:
        return
    assert identity_of(issued(authority("Root"), identity=accepted)) == accepted


def test_a_name_that_is_given_twice_is_in_the_certificate_once() -> None:
    twice = Identity.checked("x", ["sip:a.com", "sip:b.com", "sip:a.com"], ["b.com", "a.com", "b.com"])
    assert (twice.sip_uris, twice.dns) == (("sip:a.com", "sip:b.com"), ("b.com", "a.com"))


def test_a_certificate_without_any_name_reads_as_one() -> None:
    assert identity_of(authority("Root").certificate) == Identity("Root")
    assert str(Identity("Root")) == ""
    assert name("x") == Identity("x").subject()


@pytest.mark.parametrize(
    ("uri", "user", "domain"),
    [
        ("sip:example.com", None, "example.com"),
        ("sip:gw1@example.com", "gw1", "example.com"),
        ("sip:a;b=c@example.com", "a;b=c", "example.com"),
        ("mailto:gw1@example.com", None, ""),
    ],
)
def test_the_parts_of_a_uri(uri: str, user: str | None, domain: str) -> None:
    assert (user_of(uri), domain_of(uri)) == (user, domain)
