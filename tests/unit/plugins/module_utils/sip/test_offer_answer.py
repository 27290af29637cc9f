# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an offer and an answer agree on, and why not, case by case."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer_answer import (
    Keying,
    MediaVerdict,
    Negotiation,
    compare_media,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp import Media, SessionDescription
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip import strategies
from hypothesis import given

CM, CM32, GCM = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM"
CM256, OLD256 = "AES_256_CM_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_80"
OURS, THEIRS = ":".join(["A1"] * 32), ":".join(["B2"] * 32)


def sdp(*media: str) -> SessionDescription:
    """A session with these media, each ``m=`` and its lines."""
    head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
    return parse_sdp((head + "".join(f"{one.strip()}\n" for one in media)).encode())


def audio(profile: str, *lines: str, port: int = 4000, formats: str = "0 101") -> str:
    rtpmap = "a=rtpmap:101 telephone-event/8000"
    return "\n".join([f"m=audio {port} {profile} {formats}", rtpmap, *lines])


def crypto(tag: int, suite: str, octets: int, of: int = 1, more: str = "") -> str:
    return f"a=crypto:{tag} {suite} inline:{base64.b64encode(bytes([of]) * octets).decode()}{more}"


def dtls(setup: str, fingerprint: str) -> list[str]:
    lines = [f"a=setup:{setup}"] if setup else []
    return lines + ([f"a=fingerprint:sha-256 {fingerprint}"] if fingerprint else [])


SDES = audio("RTP/SAVP", crypto(1, GCM, 44), crypto(2, CM, 30, of=2))
DTLS = audio("UDP/TLS/RTP/SAVP", *dtls("actpass", OURS))
PLAIN = audio("RTP/AVP")


@dataclass(frozen=True)
class Case:
    """An offer, an answer, and what becomes of them.

    :ivar suite: agreed; with ``cause`` empty for DTLS-SRTP it is None
    """

    id: str
    offer: str
    answer: str
    cause: str = ""
    suite: str | None = None
    keying: Keying = Keying.SDES
    agreed: bool = False


def agreed(name: str, offer: str, answer: str, suite: str | None, keying: Keying = Keying.SDES) -> Case:
    return Case(name, offer, answer, suite=suite, keying=keying, agreed=True)


CASES = [
    agreed("the first suite", SDES, audio("RTP/SAVP", crypto(1, GCM, 44, of=9)), GCM),
    agreed("the second suite, by its tag", SDES, audio("RTP/SAVP", crypto(2, CM, 30, of=9)), CM),
    agreed(
        "a historic name for the one of today",
        audio("RTP/SAVP", crypto(7, CM256, 46)),
        audio("RTP/SAVP", crypto(7, OLD256, 46, of=9)),
        CM256,
    ),
    agreed(
        "lines of the offer that cannot be read are passed over",
        audio("RTP/SAVP", "a=crypto:nonsense", crypto(3, CM, 30)),
        audio("RTP/SAVP", crypto(3, CM, 30, of=9)),
        CM,
    ),
    agreed(
        "case and the number of a dynamic codec count not",
        audio("rtp/savp", crypto(1, CM, 30), "a=rtpmap:96 opus/48000/2", formats="96"),
        audio("RTP/SAVP", crypto(1, CM, 30, of=9), "a=rtpmap:97 OPUS/48000/2", formats="97"),
        CM,
    ),
    agreed(
        "a suite of 32 bit", audio("RTP/SAVP", crypto(1, CM32, 30)), audio("RTP/SAVP", crypto(1, CM32, 30, of=9)), CM32
    ),
    agreed(
        "blanks around values count not", SDES, audio("RTP/SAVP", f" {crypto(1, GCM, 44, of=9)} ".strip() + " "), GCM
    ),
    agreed(
        "DTLS, with blanks",
        DTLS,
        audio("UDP/TLS/RTP/SAVP", "a=setup: active ", f"a=fingerprint: sha-256 {THEIRS} "),
        None,
        Keying.DTLS,
    ),
    agreed("DTLS, the answerer begins", DTLS, audio("UDP/TLS/RTP/SAVP", *dtls("active", THEIRS)), None, Keying.DTLS),
    agreed("DTLS, the answerer waits", DTLS, audio("UDP/TLS/RTP/SAVP", *dtls("passive", THEIRS)), None, Keying.DTLS),
    agreed(
        "DTLS in RTP/SAVP, as before RFC 5764",
        audio("RTP/SAVP", *dtls("actpass", OURS)),
        audio("RTP/SAVP", *dtls("active", THEIRS)),
        None,
        Keying.DTLS,
    ),
    agreed(
        "both keyings offered, SDES answered",
        audio("RTP/SAVP", crypto(1, CM, 30), *dtls("actpass", OURS)),
        audio("RTP/SAVP", crypto(1, CM, 30, of=9)),
        CM,
    ),
    Case(
        "AVP offered, SAVP answered",
        PLAIN,
        audio("RTP/SAVP", crypto(1, CM, 30)),
        "'RTP/AVP' was offered and 'RTP/SAVP' answered: the profile has to be the same (RFC 3264, section 6)",
    ),
    Case(
        "SAVP offered, AVP answered",
        SDES,
        PLAIN,
        "'RTP/SAVP' was offered and 'RTP/AVP' answered: the answer is not encrypted",
    ),
    Case(
        "SAVP offered, SAVPF answered",
        SDES,
        audio("RTP/SAVPF", crypto(1, GCM, 44, of=9)),
        "'RTP/SAVP' was offered and 'RTP/SAVPF' answered: the profile has to be the same (RFC 3264, section 6)",
    ),
    Case(
        "tag renumbered",
        SDES,
        audio("RTP/SAVP", crypto(3, CM, 30, of=9)),
        f"{CM} was offered with tag 2 and answered with tag 3: the answer has to keep the tag (RFC 4568, section 5.1.2)",
    ),
    Case(
        "tag of another suite",
        SDES,
        audio("RTP/SAVP", crypto(1, CM, 30, of=9)),
        f"tag 1 was offered with {GCM} and answered with {CM}",
    ),
    Case(
        "suite that was not offered",
        SDES,
        audio("RTP/SAVP", crypto(1, CM32, 30, of=9)),
        f"{CM32} was answered and not offered; offered were: {GCM}, {CM}",
    ),
    Case(
        "suite that nobody knows",
        SDES,
        audio("RTP/SAVP", crypto(1, "SEED_X", 30, of=9)),
        f"'SEED_X' was answered and not offered; offered were: {GCM}, {CM}",
    ),
    Case(
        "key of the answer too short",
        SDES,
        audio("RTP/SAVP", crypto(1, GCM, 30, of=9)),
        f"answer, tag 1: the key has 30 octets, and {GCM} wants 44: 32 of key and 12 of salt",
    ),
    Case(
        "key of the offer too long",
        audio("RTP/SAVP", crypto(1, CM256, 48)),
        audio("RTP/SAVP", crypto(1, CM256, 46, of=9)),
        f"offer, tag 1: the key has 48 octets, and {CM256} wants 46: 32 of key and 14 of salt",
    ),
    Case(
        "key of the offer in the answer",
        SDES,
        audio("RTP/SAVP", crypto(1, GCM, 44)),
        "the answer repeats the key of the offer, and is to have its own (RFC 4568)",
    ),
    Case(
        "two a=crypto in the answer",
        SDES,
        audio("RTP/SAVP", crypto(1, GCM, 44, of=9), crypto(2, CM, 30, of=9)),
        "the answer has 2 a=crypto, and is to have one (RFC 4568, section 5.1.2)",
    ),
    Case(
        "a=crypto of the answer cannot be read",
        SDES,
        audio("RTP/SAVP", "a=crypto:1 AEAD_AES_256_GCM inline:%%%"),
        "the a=crypto of the answer cannot be used: the key of a crypto attribute cannot be read",
    ),
    Case(
        "a tag twice in the offer",
        audio("RTP/SAVP", crypto(1, GCM, 44), crypto(1, CM, 30)),
        audio("RTP/SAVP", crypto(1, CM, 30, of=9)),
        "the offer has a tag twice (RFC 4568, section 4.1)",
    ),
    Case(
        "no protection by one end only",
        SDES,
        audio("RTP/SAVP", crypto(2, CM, 30, of=9, more=" UNENCRYPTED_SRTP")),
        "UNENCRYPTED_SRTP is said by one end only (RFC 4568, section 6.3)",
    ),
    Case(
        "SAVP without any key",
        SDES,
        audio("RTP/SAVP"),
        "the answer is 'RTP/SAVP' and has neither a=crypto nor a=fingerprint",
    ),
    Case(
        "SAVP offered without any key",
        audio("RTP/SAVP"),
        SDES,
        "the offer is 'RTP/SAVP' and has neither a=crypto nor a=fingerprint",
    ),
    Case(
        "SDES offered, DTLS answered",
        SDES,
        DTLS,
        "the offer is keyed by SDES ('RTP/SAVP') and the answer by DTLS-SRTP ('UDP/TLS/RTP/SAVP')",
    ),
    Case(
        "DTLS offered, SDES answered",
        DTLS,
        SDES,
        "the offer is keyed by DTLS-SRTP ('UDP/TLS/RTP/SAVP') and the answer by SDES ('RTP/SAVP')",
    ),
    Case(
        "port 0",
        SDES,
        audio("RTP/SAVP", port=0),
        "the media was refused: it was answered with port 0 (RFC 3264, section 6)",
    ),
    Case(
        "offered with port 0",
        audio("RTP/AVP", port=0),
        PLAIN,
        "the media was offered with port 0, which is to say not at all",
    ),
    Case(
        "video in place of audio",
        PLAIN,
        "m=video 4000 RTP/AVP 31",
        "'audio' was offered and 'video' answered in its place",
    ),
    Case(
        "no codec in common",
        SDES,
        audio("RTP/SAVP", crypto(1, GCM, 44, of=9), formats="8 101"),
        "no codec in common: 'pcmu/8000' offered, 'pcma/8000' answered",
    ),
    Case(
        "both only send",
        audio("RTP/SAVP", crypto(1, CM, 30), "a=sendonly"),
        audio("RTP/SAVP", crypto(1, CM, 30, of=9), "a=sendonly"),
        "sendonly was offered and sendonly answered (RFC 3264, section 6.1)",
    ),
    Case(
        "fingerprint missing in the answer",
        DTLS,
        audio("UDP/TLS/RTP/SAVP", *dtls("active", "")),
        "the answer has no a=fingerprint (RFC 5763, section 5)",
        keying=Keying.DTLS,
    ),
    Case(
        "fingerprint missing in the offer",
        audio("UDP/TLS/RTP/SAVP", *dtls("actpass", "")),
        audio("UDP/TLS/RTP/SAVP", *dtls("active", THEIRS)),
        "the offer has no a=fingerprint (RFC 5763, section 5)",
        keying=Keying.DTLS,
    ),
    Case(
        "fingerprint of a wrong length",
        DTLS,
        audio("UDP/TLS/RTP/SAVP", *dtls("active", "AB:CD")),
        "the answer cannot prove itself: the fingerprint has 2 octets, and sha-256 has 32",
        keying=Keying.DTLS,
    ),
    Case(
        "fingerprint that cannot be read",
        DTLS,
        audio("UDP/TLS/RTP/SAVP", *dtls("active", "none")),
        "the answer cannot prove itself: a fingerprint cannot be read",
        keying=Keying.DTLS,
    ),
    Case(
        "no connection for now",
        DTLS.replace("actpass", "active"),
        audio("UDP/TLS/RTP/SAVP", *dtls("holdconn", THEIRS)),
        "setup:holdconn was answered: no connection for now (RFC 4145, section 4)",
        keying=Keying.DTLS,
    ),
    Case(
        "setup missing",
        DTLS,
        audio("UDP/TLS/RTP/SAVP", *dtls("", THEIRS)),
        "the answer has no a=setup (RFC 5763, section 5)",
        keying=Keying.DTLS,
    ),
    Case(
        "setup that nobody knows",
        DTLS,
        audio("UDP/TLS/RTP/SAVP", *dtls("both", THEIRS)),
        "the answer has no role of a=setup: 'both'",
        keying=Keying.DTLS,
    ),
    Case(
        "actpass answered with actpass",
        DTLS,
        audio("UDP/TLS/RTP/SAVP", *dtls("actpass", THEIRS)),
        "setup:actpass was offered and setup:actpass answered; it can be answered with active or passive",
        keying=Keying.DTLS,
    ),
    Case(
        "both begin",
        audio("UDP/TLS/RTP/SAVP", *dtls("active", OURS)),
        audio("UDP/TLS/RTP/SAVP", *dtls("active", THEIRS)),
        "setup:active was offered and setup:active answered; it can be answered with passive or holdconn",
        keying=Keying.DTLS,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_answer_is_judged(case: Case) -> None:
    verdict = compare_media(sdp(case.offer), sdp(case.answer))
    (media,) = verdict.media
    assert media.cause == verdict.cause == case.cause
    assert (media.agreed, media.encrypted, media.suite) == (case.agreed, case.agreed, case.suite)
    assert verdict.encrypted == case.agreed
    if case.agreed or case.keying is Keying.DTLS:
        assert media.keying is case.keying


def test_plain_media_flows_and_is_said_to_be_plain() -> None:
    (media,) = compare_media(sdp(PLAIN), sdp(PLAIN)).media
    cause = "'RTP/AVP' was offered and answered: nothing is encrypted"
    assert media == MediaVerdict("audio", agreed=True, cause=cause)
    hopeful = audio("RTP/AVP", crypto(1, CM, 30))
    verdict = compare_media(sdp(hopeful), sdp(audio("RTP/AVP", crypto(1, CM, 30, of=9))))
    assert verdict.cause == f"{cause}; its a=crypto counts in RTP/SAVP only (RFC 4568)"
    assert not verdict.encrypted


@pytest.mark.parametrize(
    ("parameter", "encrypted", "cause"),
    [
        ("UNENCRYPTED_SRTP", False, "the media is not encrypted: both ends say so"),
        ("UNENCRYPTED_SRTCP", True, "the control of the media is not encrypted: both ends say so"),
        ("UNAUTHENTICATED_SRTP", True, "the media is not authenticated: both ends say so"),
    ],
)
def test_protection_that_is_switched_off_by_agreement_is_said(parameter: str, encrypted: bool, cause: str) -> None:
    offer, answer = (audio("RTP/SAVP", crypto(1, CM, 30, of=key, more=f" {parameter}")) for key in (1, 9))
    (media,) = compare_media(sdp(offer), sdp(answer)).media
    assert (media.agreed, media.encrypted, media.cause) == (True, encrypted, cause)


def test_one_certificate_at_both_ends_is_said() -> None:
    (media,) = compare_media(sdp(DTLS), sdp(audio("UDP/TLS/RTP/SAVP", *dtls("active", OURS)))).media
    assert (media.agreed, media.encrypted) == (True, True)
    assert media.cause == (
        "the answer has the fingerprint of the offer: both ends have one certificate, and neither proves itself"
    )


def test_every_line_of_an_offer_has_its_answer() -> None:
    verdict = compare_media(sdp(SDES, PLAIN), sdp(SDES))
    assert verdict.cause == "2 m= lines were offered and 1 answered (RFC 3264, section 6)"
    assert [media.agreed for media in verdict.media] == [False, False]
    assert compare_media(sdp(), sdp()).cause == "no media was offered"


def test_each_media_is_judged_by_itself_and_the_first_cause_counts() -> None:
    answer = sdp(audio("RTP/SAVP", crypto(1, GCM, 44, of=9)), audio("RTP/SAVP", port=0))
    verdict = compare_media(sdp(SDES, SDES), answer)
    assert [media.agreed for media in verdict.media] == [True, False]
    assert verdict.cause == verdict.media[1].cause
    assert verdict.encrypted  # what flows is encrypted; the other line does not flow


def test_fingerprint_and_role_of_the_session_hold_for_its_media() -> None:
    head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
    offer, answer = (
        parse_sdp("\n".join([head + "\n".join(dtls(*way)), audio("UDP/TLS/RTP/SAVPF")]).encode())
        for way in (("actpass", OURS), ("active", THEIRS))
    )
    assert compare_media(offer, answer).encrypted


@pytest.mark.parametrize("line", ["", "c=IN IP4\n", "c=\n"])
def test_an_answer_that_names_no_address_is_not_agreed(line: str) -> None:
    answer = audio("RTP/SAVP", crypto(1, GCM, 44, of=9))
    body = f"v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\n{line}t=0 0\n{answer}\n"
    verdict = compare_media(sdp(SDES), parse_sdp(body.encode()))
    assert "no c= line" in verdict.cause
    assert not verdict.media[0].agreed


@given(strategies.sessions, strategies.sessions)
def test_any_answer_has_a_verdict(offer: SessionDescription, answer: SessionDescription) -> None:
    for pair in ((offer, answer), (offer, offer)):
        verdict = compare_media(*pair)
        assert isinstance(verdict, Negotiation)
        assert bool(verdict.cause) == (any(media.cause for media in verdict.media) or not verdict.media)
        assert all(media.agreed or media.cause for media in verdict.media)


@given(strategies.media)
def test_an_answer_that_repeats_the_offer_is_never_encrypted(media: Media) -> None:
    offer = SessionDescription(sdp().origin, media=(media,))
    assert not compare_media(offer, offer).encrypted
