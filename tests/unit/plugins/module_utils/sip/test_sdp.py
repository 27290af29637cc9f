# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Session descriptions, read and written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp import (
    Attribute,
    Connection,
    Media,
    Origin,
    SessionDescription,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip import strategies
from hypothesis import given
from hypothesis import strategies as st

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
OFFER = f"""\
v=0
o=gw1 3 4 IN IP4 192.0.2.1
s=-
c=IN IP4 192.0.2.1
b=AS:64
t=0 0
a=fingerprint:sha-256 AB:CD
m=audio 40000 RTP/SAVP 0 101
c=IN IP6 2001:db8::1
a=rtpmap:101 telephone-event/8000
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}
a=sendrecv
m=video 0 RTP/SAVP 31
i=camera
k=clear:{KEY}
"""


def test_an_offer_says_all_that_is_in_it() -> None:
    session = parse_sdp(OFFER.encode())
    assert session.origin == Origin("gw1", "3", "4", Connection("IN", "IP4", "192.0.2.1"))
    assert session.connection == Connection("IN", "IP4", "192.0.2.1")
    audio, video = session.media
    assert (audio.kind, audio.port, audio.profile, audio.formats) == ("audio", 40000, "RTP/SAVP", ("0", "101"))
    assert audio.connections == (Connection("IN", "IP6", "2001:db8::1"),)
    assert audio.values("crypto") == [f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"]
    assert session.values("fingerprint", audio) == ["sha-256 AB:CD"]
    assert audio.values("sendrecv") == [""]
    assert (video.port, video.title, video.key) == (0, "camera", f"clear:{KEY}")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_end_in_either_way_and_are_written_in_the_one_of_the_rfc(end: str) -> None:
    session = parse_sdp(OFFER.replace("\n", end).encode())
    assert session.render() == OFFER.replace("\n", "\r\n").encode()
    assert parse_sdp(OFFER.replace("\n", end).removesuffix(end).encode()) == session


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("v=0\n", "", "no v= line"),
        ("v=0", "v=1", "line 1 of an SDP, v=, is another version"),
        ("m=audio 40000", "m=audio 70000", "line 8 of an SDP, m=, cannot be read"),
        ("m=audio 40000", "m=audio " + "9" * 5000, "line 8 of an SDP, m=, cannot be read"),
        ("m=audio 40000", "m=audio -1", "line 8 of an SDP, m=, cannot be read"),
        ("m=audio 40000", "m=audio 40000/0", "line 8 of an SDP, m=, cannot be read"),
        ("RTP/SAVP 0 101", "RTP/SAVP", "line 8 of an SDP, m=, cannot be read"),
        ("m=audio", "m=au\0dio", "line 8 of an SDP, m=, holds a control character"),
        ("a=crypto:1", "a=crypto:\0001", "line 11 of an SDP, a=, holds a control character"),
        ("a=crypto:1", "a=crypto 1:1", "line 11 of an SDP, a=, cannot be read"),
        ("a=sendrecv", "a=setup:", "line 12 of an SDP, a=, cannot be read"),
        ("a=sendrecv", "a=fingerprint :x", "line 12 of an SDP, a=, cannot be read"),
        ("a=sendrecv", "a= crypto:x", "line 12 of an SDP, a=, cannot be read"),
    ],
)
def test_a_wrong_line_that_decides_on_media_is_named_by_its_number(old: str, new: str, cause: str) -> None:
    assert old in OFFER
    with pytest.raises(SiptlsError, match=cause) as raised:
        parse_sdp(OFFER.replace(old, new, 1).encode())
    assert KEY not in str(raised.value)


C = "c=IN IP4 192.0.2.1\n"


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("v=0\n", "\ufeffv=0\n", None),
        ("o=gw1 3 4 IN IP4 192.0.2.1\n", "", "no o= line"),
        ("o=gw1 3 4", "o=gw1 x 4", "line 2 of an SDP, o=, cannot be read"),
        ("o=gw1 3 4", "o=my phone 3 4", "line 2 of an SDP, o=, cannot be read"),
        ("o=gw1 3 4 IN", "o=gw1  3 4 IN", None),
        ("s=-\n", "", "no name"),
        ("s=-\n", "s=\n", "no name"),
        ("s=-\n", "s= \n", None),
        ("s=-\n", "s=-\ns=-\n", "line 4 of an SDP, s=, is given twice"),
        ("t=0 0\n", "", "no t= line"),
        ("t=0 0", "t=now", "no t= line"),
        ("t=0 0\n", "r=1 2 3\n", "no t= line"),
        ("t=0 0\n", "z=0 0\nt=0 0\n", "line 7 of an SDP, t=, is out of order"),
        ("b=AS:64\nt=0 0\n", "t=0 0\nb=AS:64\n", "line 6 of an SDP, b=, is out of order"),
        (f"{C}b=AS:64\nt=0 0\n", f"b=AS:64\nt=0 0\n{C}", "line 6 of an SDP, c=, is out of order"),
        ("b=AS:64", "b=X-SOMETHING", None),
        ("b=AS:64\n", "x=1\n", "line 5 of an SDP has no type"),
        ("b=AS:64\n", "\n", "line 5 of an SDP is empty"),
        ("b=AS:64\n", "nonsense\n", "line 5 of an SDP has no type"),
        ("b=AS:64\n", "a=x\n", "line 6 of an SDP, t=, is out of order"),
        ("a=sendrecv\n", "a=sendrecv\nb=AS:64\n", "line 13 of an SDP, b=, is out of order"),
        ("a=sendrecv", "a=sendrecv ", "line 12 of an SDP, a=, has blanks around its value"),
        ("a=sendrecv", "a=ptime: 20 ", None),
        ("a=sendrecv", "a=", "line 12 of an SDP, a=, is empty"),
        ("a=sendrecv", "a=:x", "line 12 of an SDP, a=, cannot be read"),
        ("a=sendrecv", "a=ptime:", "line 12 of an SDP, a=, cannot be read"),
        ("a=sendrecv", "a=x\0", "line 12 of an SDP, a=, is empty or holds a control character"),
        ("a=sendrecv", "t=0 0", "line 12 of an SDP, t=, has no place behind an m= line"),
        ("RTP/SAVP 0 101", "RTP/SAVP  0 101", None),
        ("RTP/SAVP 0 101", "RTP/SAVP 0 101 ", "line 8 of an SDP, m=, has blanks around its value"),
        ("m=audio", "m = audio", "line 8 of an SDP, m=, has blanks around its value"),
        ("k=clear", "\nk=clear", "line 15 of an SDP is empty"),
        (C, "c=IN IP4\n", "line 4 of an SDP, c=, cannot be read"),
    ],
)
def test_a_deviation_that_decides_nothing_is_noted(old: str, new: str, note: str | None) -> None:
    assert old in OFFER
    session = parse_sdp(OFFER.replace(old, new, 1).encode())
    audio = session.media[0]
    assert (audio.port, audio.profile, audio.formats) == (40000, "RTP/SAVP", ("0", "101"))
    assert audio.values("crypto") == [f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"]
    assert note is None or any(note in one for one in session.notes)
    assert note is not None or not session.notes
    assert parse_sdp(session.render()) == session


def test_notes_are_bounded() -> None:
    notes = parse_sdp(b"v=0\n" + b"\n" * 4000).notes
    assert len(notes) == 11
    assert notes[-1] == "and 3993 more deviations"


@pytest.mark.parametrize(
    ("octets", "cause"),
    [
        (b"v=0\r\n" * 60000, "longer than 262144 octets"),
        (b"v=0\n" * 5000, "more than 4096 lines"),
        (OFFER.encode() + b"m=audio 0 RTP/AVP 0\n" * 63, "more than 64 m= lines"),
        (b"", "no v= line"),
    ],
)
def test_a_description_has_bounds(octets: bytes, cause: str) -> None:
    with pytest.raises(SiptlsError, match=cause):
        parse_sdp(octets)


def test_keys_are_in_no_repr() -> None:
    session = parse_sdp(OFFER.encode())
    assert KEY not in repr(session)
    assert KEY in session.render().decode()
    assert KEY not in repr(Attribute("key-mgmt", f"mikey {KEY}"))
    assert repr(Attribute("sendrecv")) == "Attribute('sendrecv', None)"


@given(st.text("abcKEY019+/=\r\n: a=inl", max_size=6), st.integers(0, len(OFFER)), st.integers(0, 3))
def test_no_fault_brings_a_key_into_an_error(junk: str, at: int, gone: int) -> None:
    try:
        session = parse_sdp((OFFER[:at] + junk + OFFER[at + gone :]).encode())
        text = repr(session) + repr(session.notes)
    except SiptlsError as error:
        text = str(error)
    assert not any(KEY[start : start + 16] in text for start in range(len(KEY) - 15))


@pytest.mark.parametrize(
    ("name", "value"),
    [("crypto", "a\r\nm=audio"), ("crypto", "\0"), ("a b", None), ("", None), ("x", "\ud800"), ("x", "")],
)
def test_an_attribute_that_would_read_as_something_else_is_never_written(name: str, value: str | None) -> None:
    with pytest.raises(SiptlsError):
        Attribute(name, value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Media("audio", 65536, "RTP/AVP", ("0",)),
        lambda: Media("audio", 1, "RTP/AVP", ()),
        lambda: Media("audio", 1, "RTP/AVP", ("0 a=x",)),
        lambda: Media("audio", 1, "RTP//AVP", ("0",)),
        lambda: Media("au dio", 1, "RTP/AVP", ("0",)),
        lambda: Media("audio", 1, "RTP/AVP", ("0",), ports=0),
        lambda: Media("audio", 1, "RTP/AVP", ("0",), title="a\nb"),
        lambda: Connection("IN", "IP4", "a b"),
        lambda: Origin("-", "1", "x", Connection("IN", "IP4", "a")),
        lambda: SessionDescription(parse_sdp(OFFER.encode()).origin, times=()),
        lambda: SessionDescription(parse_sdp(OFFER.encode()).origin, times=("r=1",)),
    ],
)
def test_what_would_read_as_something_else_is_never_written(make: Callable[[], object]) -> None:
    with pytest.raises(SiptlsError):
        make()


@given(strategies.sessions)
def test_a_description_comes_back_from_its_octets(session: SessionDescription) -> None:
    assert parse_sdp(session.render()) == session


@given(st.binary() | strategies.sessions.map(SessionDescription.render), st.binary(max_size=5), st.integers(0, 400))
def test_any_octets_are_a_description_or_a_clear_error(octets: bytes, junk: bytes, at: int) -> None:
    try:
        session = parse_sdp(octets[:at] + junk + octets[at:])
    except SiptlsError:
        return
    assert parse_sdp(session.render()) == session
