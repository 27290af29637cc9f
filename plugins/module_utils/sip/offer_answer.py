# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an offer and an answer agree on, and in words why not (RFC 3264, 4568, 5763, 5764)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from .dtls import Fingerprint, parse_fingerprint, parse_setup, setup_problem
from .sdp import Media, SessionDescription
from .srtp import WEAKENING, CryptoAttribute, parse_crypto
from .syntax import MalformedError, shown

__all__ = ["Keying", "MediaVerdict", "Negotiation", "compare_media"]


class Keying(Enum):
    """How the two ends come to their keys; the value is for readers."""

    NONE = "none"
    SDES = "SDES"
    DTLS = "DTLS-SRTP"


@dataclass(frozen=True)
class MediaVerdict:
    """What became of one ``m=`` line.

    :ivar kind: ``audio``, ``video``, ...
    :ivar agreed: whether media can flow
    :ivar encrypted: whether it flows encrypted
    :ivar suite: by its name of today; None for DTLS-SRTP, which agrees on it in its handshake
    :ivar cause: why it is not agreed, or not encrypted, as a clause; empty if all is well
    """

    kind: str
    agreed: bool = False
    encrypted: bool = False
    keying: Keying = Keying.NONE
    suite: str | None = None
    cause: str = ""


@dataclass(frozen=True)
class Negotiation:
    """What became of a session.

    :ivar media: one for each ``m=`` line of the offer
    :ivar cause: the first of the causes; empty if all media is agreed and encrypted
    """

    media: tuple[MediaVerdict, ...]
    cause: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether all that flows is encrypted, and something flows."""
        flowing = [one for one in self.media if one.agreed]
        return bool(flowing) and all(one.encrypted for one in flowing)


@dataclass(frozen=True)
class _Side:
    """One end's half of an ``m=`` line."""

    session: SessionDescription
    media: Media

    def values(self, name: str) -> list[str]:
        return [one.strip() for one in self.session.values(name, self.media)]

    @property
    def secure(self) -> bool:
        return self._profile[-1] in ("SAVP", "SAVPF")

    @property
    def _profile(self) -> list[str]:
        return self.media.profile.upper().split("/")

    @property
    def keyings(self) -> frozenset[Keying]:
        """What it can be keyed by: the profile says so, in RTP/SAVP the attributes do."""
        if not self.secure:
            return frozenset((Keying.NONE,))
        if "TLS" in self._profile or "DTLS" in self._profile:
            return frozenset((Keying.DTLS,))
        found = {Keying.SDES} if self.media.values("crypto") else set()
        return frozenset(found | {Keying.DTLS} if self.values("fingerprint") else found)

    @property
    def direction(self) -> str:
        for attributes in (self.media.attributes, self.session.attributes):
            for attribute in attributes:
                if attribute.name.lower() in _ANSWERS:
                    return attribute.name.lower()
        return "sendrecv"

    @property
    def codecs(self) -> set[str]:
        """The encodings, by name and rate where they are known, without those that carry no voice or picture."""
        if "RTP" not in self._profile:
            return {one.lower() for one in self.media.formats}
        names = dict(_STATIC)
        for value in self.media.values("rtpmap"):
            number, _space, encoding = value.partition(" ")
            names[number] = encoding.strip().lower().removesuffix("/1")
        found = {names.get(one, one) for one in self.media.formats}
        return {one for one in found if one.partition("/")[0] not in ("telephone-event", "cn")}


# RFC 3264, section 6.1.
_ANSWERS = {
    "sendrecv": ("sendrecv", "sendonly", "recvonly", "inactive"),
    "sendonly": ("recvonly", "inactive"), "recvonly": ("sendonly", "inactive"), "inactive": ("inactive",),
}  # fmt: skip
# RFC 3551, section 6: payload types that need no rtpmap.
_STATIC = {
    "0": "pcmu/8000",
    "3": "gsm/8000",
    "4": "g723/8000",
    "8": "pcma/8000",
    "9": "g722/8000",
    "13": "cn/8000",
    "18": "g729/8000",
}  # fmt: skip
_PROFILES = ("RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")


def compare_media(offer: SessionDescription, answer: SessionDescription) -> Negotiation:
    """What ``answer`` makes of ``offer``. Never raises: what cannot be read is a cause."""
    if len(offer.media) != len(answer.media):
        cause = f"{len(offer.media)} m= lines were offered and {len(answer.media)} answered (RFC 3264, section 6)"
        return Negotiation(tuple(MediaVerdict(one.kind, cause=cause) for one in offer.media), cause)
    if not offer.media:
        return Negotiation((), "no media was offered")
    media = tuple(
        _verdict(_Side(offer, offered), _Side(answer, answered))
        for offered, answered in zip(offer.media, answer.media, strict=True)
    )
    return Negotiation(media, next((one.cause for one in media if one.cause), ""))


def _verdict(offered: _Side, answered: _Side) -> MediaVerdict:
    verdict = MediaVerdict(offered.media.kind)
    for rule in (_kind, _ports, _address, _profile, _codecs, _direction):
        if cause := rule(offered, answered):
            return replace(verdict, cause=cause)
    if not offered.secure:
        return replace(verdict, agreed=True, cause=_plain(offered))
    if Keying.SDES in offered.keyings & answered.keyings:
        return _sdes(verdict, offered, answered)
    if cause := _dtls(offered, answered):
        return replace(verdict, keying=Keying.DTLS, cause=cause)
    return replace(verdict, keying=Keying.DTLS, agreed=True, encrypted=True, cause=_one_certificate(offered, answered))


def _kind(offered: _Side, answered: _Side) -> str | None:
    if offered.media.kind.lower() == answered.media.kind.lower():
        return None
    return f"{shown(offered.media.kind)} was offered and {shown(answered.media.kind)} answered in its place"


def _ports(offered: _Side, answered: _Side) -> str | None:
    if offered.media.port == 0:
        return "the media was offered with port 0, which is to say not at all"
    if answered.media.port == 0:
        return "the media was refused: it was answered with port 0 (RFC 3264, section 6)"
    return None


def _address(_offered: _Side, answered: _Side) -> str | None:
    if answered.media.connections or answered.session.connection:
        return None
    return "the answer has no c= line that can be read: nobody knows where the media is to go (RFC 8866, section 5.7)"


def _profile(offered: _Side, answered: _Side) -> str | None:
    ours, theirs = offered.media.profile, answered.media.profile
    for side, whose in ((offered, "offer"), (answered, "answer")):
        if not side.keyings:
            return f"the {whose} is {_said(side.media.profile)} and has neither a=crypto nor a=fingerprint"
    if offered.secure and answered.secure and not offered.keyings & answered.keyings:
        return (
            f"the offer is keyed by {_names(offered.keyings)} ({_said(ours)}) and "
            f"the answer by {_names(answered.keyings)} ({_said(theirs)})"
        )
    if ours.upper() == theirs.upper():
        return None
    if offered.secure and not answered.secure:
        return f"{_said(ours)} was offered and {_said(theirs)} answered: the answer is not encrypted"
    return (
        f"{_said(ours)} was offered and {_said(theirs)} answered: the profile has to be the same (RFC 3264, section 6)"
    )


def _said(profile: str) -> str:
    """A profile for a reader. Those that are known are no keys, however long."""
    return repr(profile) if profile.upper() in _PROFILES else shown(profile)


def _names(keyings: frozenset[Keying]) -> str:
    return " and ".join(sorted(keying.value for keying in keyings))


def _codecs(offered: _Side, answered: _Side) -> str | None:
    if offered.codecs & answered.codecs:
        return None
    return f"no codec in common: {_listed(offered.codecs)} offered, {_listed(answered.codecs)} answered"


def _listed(names: set[str]) -> str:
    return shown(", ".join(sorted(names)[:8])) if names else "none"


def _direction(offered: _Side, answered: _Side) -> str | None:
    if answered.direction in _ANSWERS[offered.direction]:
        return None
    return f"{offered.direction} was offered and {answered.direction} answered (RFC 3264, section 6.1)"


def _plain(offered: _Side) -> str:
    unused = "; its a=crypto counts in RTP/SAVP only (RFC 4568)" if offered.media.values("crypto") else ""
    return f"{_said(offered.media.profile)} was offered and answered: nothing is encrypted{unused}"


def _sdes(verdict: MediaVerdict, offered: _Side, answered: _Side) -> MediaVerdict:
    verdict = replace(verdict, keying=Keying.SDES)
    answers = [one.strip() for one in answered.media.values("crypto")]
    if len(answers) != 1:
        return replace(
            verdict, cause=f"the answer has {len(answers)} a=crypto, and is to have one (RFC 4568, section 5.1.2)"
        )
    try:
        chosen = parse_crypto(answers[0])
    except MalformedError as error:
        return replace(verdict, cause=f"the a=crypto of the answer cannot be used: {error.problem}")
    offers = _readable(offered.media.values("crypto"))
    if cause := _tag(offers, chosen) or _keys(offers, chosen):
        return replace(verdict, cause=cause)
    suite = chosen.suite
    weak = [words for name, words in WEAKENING.items() if name in chosen.weakening]
    return replace(
        verdict,
        agreed=True,
        encrypted="UNENCRYPTED_SRTP" not in chosen.weakening,
        suite=suite.name if suite else chosen.suite_name,
        cause=f"{' and '.join(weak)}: both ends say so" if weak else "",
    )


def _readable(values: list[str]) -> list[CryptoAttribute]:
    """Those that can be read: whoever answers passes over the others (RFC 4568, section 5.1.2)."""
    found = []
    for value in values:
        try:
            found.append(parse_crypto(value))
        except MalformedError:
            continue
    return found


def _same_suite(one: CryptoAttribute, other: CryptoAttribute) -> bool:
    if one.suite and other.suite:
        return one.suite == other.suite
    return one.suite_name.upper() == other.suite_name.upper()


def _name(one: CryptoAttribute) -> str:
    return one.suite_name if one.suite else shown(one.suite_name)


def _tag(offers: list[CryptoAttribute], chosen: CryptoAttribute) -> str | None:
    """Why tag and suite of the answer are none of the offer."""
    tags = [one.tag for one in offers]
    if len(set(tags)) < len(tags):
        return "the offer has a tag twice (RFC 4568, section 4.1)"
    same = [one for one in offers if _same_suite(one, chosen)]
    if not same:
        suites = ", ".join(dict.fromkeys(_name(one) for one in offers)) or "none that can be read"
        return f"{_name(chosen)} was answered and not offered; offered were: {suites}"
    if any(one.tag == chosen.tag for one in same):
        return None
    at_tag = [_name(one) for one in offers if one.tag == chosen.tag]
    if at_tag:
        return f"tag {chosen.tag} was offered with {at_tag[0]} and answered with {_name(chosen)}"
    return (
        f"{_name(chosen)} was offered with tag {same[0].tag} and answered with tag {chosen.tag}: "
        "the answer has to keep the tag (RFC 4568, section 5.1.2)"
    )


def _keys(offers: list[CryptoAttribute], chosen: CryptoAttribute) -> str | None:
    """Why the keys of the two cannot be used, or not together."""
    offered = next(one for one in offers if one.tag == chosen.tag)
    for one, whose in ((offered, "offer"), (chosen, "answer")):
        if problem := one.problem():
            return f"{whose}, tag {one.tag}: {problem}"
    theirs = {key.material for key in chosen.keys}
    if any(key.material in theirs for one in offers for key in one.keys):
        return "the answer repeats the key of the offer, and is to have its own (RFC 4568)"
    if offered.weakening != chosen.weakening:
        names = ", ".join(sorted(offered.weakening ^ chosen.weakening))
        return f"{names} is said by one end only (RFC 4568, section 6.3)"
    return None


def _dtls(offered: _Side, answered: _Side) -> str | None:
    """Why no handshake can prove both ends."""
    for side, whose in ((offered, "offer"), (answered, "answer")):
        _found, cause = _fingerprints(side)
        if cause:
            return f"the {whose} {cause}"
    roles = []
    for side, whose in ((offered, "offer"), (answered, "answer")):
        values = side.values("setup")
        if not values:
            return f"the {whose} has no a=setup (RFC 5763, section 5)"
        try:
            roles.append(parse_setup(values[0]))
        except MalformedError as error:
            return f"the {whose} has {error.problem}: {error.found}"
    if roles[1] == "holdconn":
        return "setup:holdconn was answered: no connection for now (RFC 4145, section 4)"
    return setup_problem(roles[0], roles[1])


def _one_certificate(offered: _Side, answered: _Side) -> str:
    if _fingerprints(offered)[0] & _fingerprints(answered)[0]:
        return "the answer has the fingerprint of the offer: both ends have one certificate, and neither proves itself"
    return ""


def _fingerprints(side: _Side) -> tuple[frozenset[Fingerprint], str]:
    """Those that can be used; or why there are none."""
    values = side.values("fingerprint")
    cause = "" if values else "has no a=fingerprint (RFC 5763, section 5)"
    found = []
    for value in values:
        try:
            fingerprint = parse_fingerprint(value)
        except MalformedError as error:
            cause = f"cannot prove itself: {error.problem}"
            continue
        if problem := fingerprint.problem():
            cause = f"cannot prove itself: {problem}"
        else:
            found.append(fingerprint)
    return frozenset(found), "" if found else cause
