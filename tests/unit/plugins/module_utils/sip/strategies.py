# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything valid that the parsers of SIP, SDP and crypto attributes are to take, for property tests and for the fuzzing."""

from __future__ import annotations

import string

from ansible_collections.siptls.vos.plugins.module_utils.sip.addresses import Address, OtherUri, SipUri
from ansible_collections.siptls.vos.plugins.module_utils.sip.digest import Challenge
from ansible_collections.siptls.vos.plugins.module_utils.sip.dtls import SETUP_ROLES, Fingerprint
from ansible_collections.siptls.vos.plugins.module_utils.sip.fields import CSeq, Via, WarningValue
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import HeaderField, Message, Request, Response
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp import (
    Attribute,
    Connection,
    Media,
    Origin,
    SessionDescription,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import (
    SUITES,
    CryptoAttribute,
    KeyParameter,
    SessionParameter,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.syntax import Parameter, is_sendable, is_token, quoted
from hypothesis import strategies as st

_LETTERS = string.ascii_letters + string.digits
_COMPACT = ["l", "content-length"]


def one_line(least: int = 0, most: int = 20) -> st.SearchStrategy[str]:
    """A text without line ends; some of it octets that are no UTF-8."""
    known = st.text(
        st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), min_size=least, max_size=most
    )
    octets = st.binary(min_size=least, max_size=most).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
    return (known | octets).filter(lambda text: not set(text) & set("\r\n\x00") and is_sendable(text))


tokens = st.text(_LETTERS + "-.!%*_+`'~", min_size=1, max_size=8)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)
sdp_tokens = st.text(_LETTERS + "!#$%&'*+-.^_`{|}~", min_size=1, max_size=8)
ports = st.none() | st.integers(0, 65535)
hosts = (
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?(\.[a-z0-9]{1,5}){0,3}", fullmatch=True)
    | st.ip_addresses(v=4).map(str)
    | st.ip_addresses(v=6).map(lambda address: f"[{address}]")
)
parameters = st.lists(
    st.builds(Parameter, tokens, st.none() | tokens | one_line().map(quoted)),
    max_size=3,
    unique_by=lambda parameter: parameter.name.lower(),
).map(tuple)
sip_uris = st.builds(
    SipUri,
    host=hosts,
    user=st.text(_LETTERS + "-_.!~*'()&=+$,;?/", min_size=1, max_size=8),
    scheme=st.sampled_from(["sip", "sips"]),
    port=ports,
    parameters=st.sampled_from(["", ";lr", ";transport=tls", ";lr;ob=%41[]/:&+$"]),
    headers=st.sampled_from(["", "?Route=%3Csip:a%3E&b="]),
    password=st.none() | st.text(_LETTERS + "&=+$,", max_size=6),
) | st.builds(SipUri, host=hosts, port=ports)
uris = sip_uris | st.builds(
    OtherUri, st.sampled_from(["tel", "http", "urn"]), st.text(_LETTERS + "+-:/.", min_size=1, max_size=9)
)
addresses = st.builds(Address, uri=uris, display=st.none() | one_line(), parameters=parameters)
vias = st.builds(Via, tokens, hosts, ports, parameters).filter(lambda via: via.branch != "z9hG4bK")
cseqs = st.builds(CSeq, st.integers(0, 2**31 - 1), tokens)
warnings = st.builds(WarningValue, st.integers(300, 399), hosts, one_line())

challenges = st.builds(
    Challenge,
    realm=one_line(),
    nonce=one_line(),
    algorithm=st.sampled_from(["MD5", "SHA-256", "SHA-512-256", "SHA-256-sess"]) | tokens,
    qop=st.lists(st.sampled_from(["auth", "auth-int"]) | tokens.map(str.lower), max_size=2).map(tuple),
    opaque=st.none() | one_line(),
    stale=st.booleans(),
    userhash=st.booleans(),
)

header_values = (
    one_line().map(lambda text: text.strip(" \t"))
    | st.one_of(addresses, vias, cseqs, warnings).map(str)
    | st.lists(st.one_of(addresses, vias).map(str), min_size=1, max_size=3).map(", ".join)
)
header_names = st.sampled_from(
    ["Via", "v", "To", "t", "From", "f", "Contact", "m", "CSeq", "Call-ID", "i", "Route", "Record-Route", "Warning"]
) | tokens.filter(lambda name: name.lower() not in _COMPACT)
headers = st.lists(st.builds(HeaderField, header_names, header_values), max_size=5).map(tuple)

connections = st.builds(Connection, st.just("IN"), st.sampled_from(["IP4", "IP6"]), words)
key_parameters = st.builds(
    KeyParameter,
    st.sampled_from([28, 30, 38, 44, 46]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    st.none() | st.integers(1, 2**48) | st.integers(0, 48).map(lambda power: 2**power),
    st.none() | st.integers(1, 128).flatmap(lambda size: st.tuples(st.integers(0, 256**size - 1), st.just(size))),
)
session_parameters = st.builds(
    SessionParameter,
    st.sampled_from(["KDR", "UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", "FEC_KEY", "WSH", "-X"]),
    st.none() | st.sampled_from(["64", "0", "inline:AAAA"]),
)
suite_names = st.sampled_from([name for suite in SUITES for name in (suite.name, suite.historic) if name] + ["NULL_X"])
cryptos = st.builds(
    CryptoAttribute,
    tag=st.integers(0, 999999999) | st.integers(1, 3),
    suite_name=suite_names,
    keys=st.lists(key_parameters, min_size=1, max_size=2).map(tuple),
    parameters=st.lists(session_parameters, max_size=2).map(tuple),
)
fingerprints = st.builds(
    Fingerprint,
    st.sampled_from(["sha-1", "sha-256", "sha-512", "md5", "sha-3"]),
    st.sampled_from([16, 20, 32, 64]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
)
attributes = (
    st.builds(Attribute, sdp_tokens, st.none() | one_line(least=1))
    | cryptos.map(lambda crypto: Attribute("crypto", crypto.render()))
    | fingerprints.map(lambda fingerprint: Attribute("fingerprint", fingerprint.render()))
    | st.sampled_from([*SETUP_ROLES, "nobody"]).map(lambda role: Attribute("setup", role))
    | st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"]).map(Attribute)
    | st.sampled_from(["0 PCMU/8000", "101 telephone-event/8000", "96 opus/48000/2"]).map(
        lambda one: Attribute("rtpmap", one)
    )
)
media = st.builds(
    Media,
    kind=st.sampled_from(["audio", "video", "image"]) | sdp_tokens,
    port=st.integers(0, 65535),
    profile=st.sampled_from(["RTP/AVP", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF", "udptl"]),
    formats=st.lists(st.sampled_from(["0", "8", "96", "101", "t38"]) | words, min_size=1, max_size=4).map(tuple),
    ports=st.integers(1, 3),
    title=st.none() | one_line(least=1),
    connections=st.lists(connections, max_size=2).map(tuple),
    bandwidths=st.lists(st.just("AS:64"), max_size=2).map(tuple),
    key=st.none() | st.just("clear:x"),
    attributes=st.lists(attributes, max_size=5).map(tuple),
)
sessions = st.builds(
    SessionDescription,
    origin=st.builds(
        Origin,
        words,
        st.integers(0, 2**64).map(str),
        st.integers(0, 2**64).map(str),
        connections,
    ),
    name=one_line(least=1),
    information=st.none() | one_line(least=1),
    uri=st.none() | words,
    emails=st.lists(words, max_size=2).map(tuple),
    phones=st.lists(words, max_size=2).map(tuple),
    connection=st.none() | connections,
    bandwidths=st.lists(st.just("CT:1"), max_size=2).map(tuple),
    times=st.sampled_from([("t=0 0",), ("t=1 2", "r=7d 1h 0", "t=3 4", "z=5 1h")]),
    attributes=st.lists(attributes, max_size=3).map(tuple),
    media=st.lists(media, max_size=3).map(tuple),
)

bodies = st.binary(max_size=40) | sessions.map(SessionDescription.render)
request_uris = uris.map(str).filter(lambda uri: not set(uri) & set('<>" '))
messages: st.SearchStrategy[Message] = st.builds(
    Request, method=tokens.filter(is_token), uri=request_uris, headers=headers, body=bodies
) | st.builds(Response, status=st.integers(100, 699), reason=one_line(), headers=headers, body=bodies)


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[Request, Response]:
    """A request that a client would send, and a response to it."""
    cseq, via, sender = draw(cseqs), draw(vias), draw(addresses)
    common = (
        HeaderField("Via", str(via)),
        HeaderField("From", str(sender)),
        HeaderField("To", str(draw(addresses))),
        HeaderField("Call-ID", draw(words)),
        HeaderField("CSeq", str(cseq)),
        HeaderField("Contact", str(draw(addresses))),
    )
    uri = draw(sip_uris.filter(lambda one: not one.headers))
    hops = HeaderField("Max-Forwards", str(draw(st.integers(0, 255))))
    return (
        Request(method=cseq.method, uri=str(uri), headers=(*common, hops), body=draw(bodies)),
        Response(status=draw(st.integers(100, 699)), reason=draw(one_line()), headers=common, body=draw(bodies)),
    )
