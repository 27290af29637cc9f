# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The media of a call: what deviates from RFC 8866 without harm is noted, and what matters fails with its cause."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.findings import State
from ansible_collections.siptls.vos.plugins.module_utils.probe.media import agree
from ansible_collections.siptls.vos.plugins.module_utils.sip.calling import Called
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Response
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer import Expected, make_offer
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer_answer import Keying
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import CryptoAttribute, suite_named

SUITE = suite_named("AES_CM_128_HMAC_SHA1_80")
assert SUITE
OFFER = make_offer(Keying.SDES, suites=(SUITE,), fingerprint=None, address="192.0.2.21", port=40000)
CRYPTO = f"a=crypto:{CryptoAttribute.fresh(1, SUITE).render()}"
O, C, T, M = "o=- 1 1 IN IP4 192.0.2.9", "c=IN IP4 192.0.2.9", "t=0 0", "m=audio 4000 RTP/SAVP 0"  # noqa: E741
GOOD = ("v=0", O, "s=-", C, T, M, CRYPTO, "a=sendrecv")


def answered(*lines: str, end: str = "\r\n") -> Called:
    body = "".join(f"{line}{end}" for line in lines).encode()
    return Called(final=Response(status=200, reason="OK"), answer=body)


@pytest.mark.parametrize(
    ("called", "is_noted"),
    [
        (answered(*GOOD), False),
        (answered(*GOOD, end="\n"), False),
        (answered("v=0", O, "s=-", T, C, M, CRYPTO), True),
        (answered("v=0", O, "s=", C, T, M, CRYPTO), True),
        (answered("v=0", O, C, T, M, CRYPTO), True),
        (answered("v=0", O, "s=-", C, M, CRYPTO), True),
        (answered(*GOOD, ""), True),
        (answered("v=0", O, "s=-", C, T, M, CRYPTO, "a=sendrecv "), True),
        (answered("v=0", O, "s=-", C, T, M, CRYPTO, "a=sendrecv", "b=AS:64"), True),
        (answered("v=0", O, "s=-", C, "b=X-ODD:1", T, M, CRYPTO, "a=SENDRECV"), False),
        (answered("v=0", O, "s=-", C, T, M + " ", CRYPTO), True),
        (answered("v=0", O, "s=-", C, T, "m=AUDIO 4000 rtp/savp 0", CRYPTO), False),
        (answered("v=0", O, "s=-", T, M, C, CRYPTO), False),
        (answered("v=0", O, "s=-", C, T, "x=what", M, "y=what", CRYPTO), True),
    ],
)
def test_a_good_call_is_good_whatever_the_form_of_its_description(called: Called, is_noted: bool) -> None:
    found = agree(OFFER, Keying.SDES, called, Expected(Keying.SDES, (SUITE,)))
    assert (found.step.state, found.step.findings) == (State.OK, ())
    assert bool(found.notes) is is_noted
    assert not any("inline" in one for one in found.notes)


@pytest.mark.parametrize(
    ("called", "cause"),
    [
        (answered("v=0", O, "s=-", C, T), "1 m= lines were offered and 0 answered"),
        (answered("v=0", O, "s=-", C, T, "m=video 4000 RTP/SAVP 31", CRYPTO), "'audio' was offered and 'video' answered"),
        (answered("v=0", O, "s=-", T, M, CRYPTO), "no c= line"),
        (answered("v=0", O, "s=-", "c=IN IP4", T, M, CRYPTO), "no c= line"),
        (answered("v=0", O, "s=-", C, T, "m=audio 0 RTP/SAVP 0", CRYPTO), "port 0"),
        (answered("v=0", O, "s=-", C, T, "m=audio 400000 RTP/SAVP 0", CRYPTO), "cannot be read"),
        (answered("v=0", O, "s=-", C, T, M, "a=crypto:1 nonsense"), "a=crypto of the answer cannot be used"),
        (answered("v=0", O, "s=-", C, T, M, "a=crypto:"), "cannot be read"),
        (answered("v=0", O, "s=-", C, T, M), "neither a=crypto nor a=fingerprint"),
        (answered("nonsense"), "cannot be read"),
    ],
)  # fmt: skip
def test_what_matters_fails_with_its_cause(called: Called, cause: str) -> None:
    found = agree(OFFER, Keying.SDES, called, Expected(Keying.SDES, (SUITE,)))
    assert found.step.state is State.FAILED
    finding = found.step.findings[0]
    assert cause in " ".join((finding.cause, *finding.evidence))
