# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the work of a parser grows as its input does: much of one thing, behind what leads a parser to it.

Nothing here depends on how fast a machine is: the processor time for an input is compared with the time for an eighth of it.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError

__all__ = ["RUNS", "grows_too_fast", "inputs_for"]

LARGE = 32_000
TIMES = 8
#: How many times as long eight times as much may take. Quadratic work takes 64 times as long.
GENEROUS = 4 * TIMES
#: Seconds of processor time below which a clock says little.
RESOLUTION = 0.005
#: How often an input in doubt is tried again.
AGAIN = 4
_GIVEN_UP = 20 * GENEROUS * RESOLUTION

#: What hostile input is made of.
RUNS = (
    *(
        b" ",
        b"\t",
        b"\n",
        b"\r\n",
        b"\r\n ",
        b"\\\n",
        b"a",
        b"0",
        b"A=",
        b"=",
        b":",
        b";",
        b",",
        b"/",
        b"@",
        b"%41",
        b"\\",
    ),
    *(
        b'"',
        b"'",
        b"<",
        b">",
        b"[",
        b"]",
        b"(",
        b"{",
        b"a ",
        b"a,",
        b";a",
        b";a=b",
        b"a.",
        b"a:",
        b"=a",
        b"# ",
        b"\xff",
        b"\x00",
    ),
    *(
        b"[a]\n",
        b"a=1\n",
        b"a: 1\n",
        b" a\n",
        b"<a>",
        b'{"a":',
        b"-----BEGIN CERTIFICATE-----\n",
        b"-----BEGIN X509 CRL-----",
    ),
    *(
        b"-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n",
        b"<<< TLS 1.3, Handshake [length 0001], X\n",
        b"depth=0 a\n",
    ),
    *(b"Via: a\r\n", b"m=audio 0 RTP/SAVP 0\r\n", b"a=x\r\n", b"sip:", b"error:", b" -> ", b"0: "),
)

_AT_ONCE = ((b"", b""), (b"a", b"!"), (b"a ", b" b\n"))
#: What leads to where a run is, by parser, and what ends it.
_AROUND: dict[str, tuple[tuple[bytes, bytes], ...]] = {
    "ini": ((b"[s]\na", b"\n"), (b"[s]\na = 1", b"x\n"), (b"[s]\na: 1", b"\n"), (b"[s]\n  a", b"x"), (b"[", b"]\nx")),
    "message": (
        (b"SIP/2.0 200 OK\r\nVia: ", b"\r\n\r\n"), (b"INVITE sip:a SIP/2.0\r\nFrom: ", b"\r\n\r\n"),
        (b"INVITE ", b" SIP/2.0\r\n\r\n")),
    "stream": ((b"SIP/2.0 200 OK\r\nVia: ", b"\r\n\r\n"), (b"SIP/2.0 200 OK\r\n", b"")),
    "sdp": (
        (b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n", b""),
        (b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\na=", b"\r\n")),
    "crypto": ((b"1 AES_CM_128_HMAC_SHA1_80 ", b"!"), (b"1 AES_CM_128_HMAC_SHA1_80 inline:", b"|")),
    "fingerprint": ((b"sha-256 ", b"!"),),
    "address": ((b'"', b'" <sip:a@b>'), (b"<sip:a@b>", b"!"), (b"sip:a@b;", b"!"), (b"<sip:", b">")),
    "uri": ((b"sip:a@b", b"!"), (b"sip:", b"@b"), (b"sip:a@", b"!")),
    "via": ((b"SIP/2.0/TLS ", b"!"), (b"SIP", b"/2.0/TLS a"), (b"SIP/2.0/TLS a;", b"!")),
    "cseq": ((b"1", b"!"), (b"1 ", b"!")),
    "warning": ((b'399 a "', b'!'), (b"399 ", b"!")),
    "challenge": ((b"Digest ", b"!"), (b'Digest realm="', b"!"), (b"Digest realm=a,", b"!")),
    "observation": (
        (b"1234:error:", b"\n"), (b"depth=0 ", b"\n"), (b"verify error:num=1:", b"\n"), (b"=====\n<<< ", b"\n"),
        (b"=====\n<<< TLS 1.3, Handshake [length 0001], X\n    ", b"\n"),
    ),
    "list": ((b'"', b'" <sip:a>'), (b"<", b">,a")),
    "pem": ((b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"), (b"-----BEGIN CERTIFICATE-----", b"x")),
    "served": ((b"-----BEGIN CERTIFICATE-----\n", b""), (b"error", b"")),
    "registrations": ((b"sip:a@b ", b" 1"), (b"sip:", b"@b - 1"), (b"sip:a@b 00 1 ", b"\n"), (b"sip:a@b;", b" - 1")),
    "listing": ((b"-rw-r--r-- 1 a b ", b" c\n"), (b"-rw-r--r-- 1 a b 0 Jan 1 00:00 a -> ", b"\n")),
    "failures": ((b'{"time": "', b'"}'), (b"", b"1")),
    "ruleset": ((b'{"nftables": [', b"]}"), (b'{"nftables": [{"rule": {"family": "', b'"}}]}')),
    "xml": ((b"<a>", b"</a>"), (b"<a b='", b"'/>"), (b"<!--", b"--><a/>"), (b"<!DOCTYPE ", b"><a/>")),
}  # fmt: skip


class _GivenUpError(BaseException):
    """An input takes far longer than anything that could be right."""


def inputs_for(name: str) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """For a parser: what it is, and how to make one of a number of bytes."""
    for before, after in (*_AT_ONCE, *_AROUND.get(name, ())):
        for run in RUNS:

            def make(size: int, before: bytes = before, run: bytes = run, after: bytes = after) -> bytes:
                return before + run * (size // len(run)) + after

            yield f"{before!r}, {run!r} again and again, {after!r}", make


def grows_too_fast(parse: Callable[[bytes], object], make: Callable[[int], bytes]) -> str:
    """Why the work for such inputs is not in proportion to their size; empty where it is.

    An input that a parser refuses is as good as one that it takes.
    """
    with _given_up_after((1 + AGAIN) * _GIVEN_UP):
        large = _seconds(parse, make(LARGE))
        if large <= GENEROUS * RESOLUTION:
            return ""
        small = _seconds(parse, make(LARGE // TIMES))
        if large <= GENEROUS * max(small, RESOLUTION) / 2:
            return ""
        # In doubt again: something else on the machine may have been in the way of the large one
        for _again in range(AGAIN):
            large = min(large, _seconds(parse, make(LARGE)))
            small = max(small, _seconds(parse, make(LARGE // TIMES)))
            if large <= GENEROUS * max(small, RESOLUTION):
                return ""
        return f"{LARGE // TIMES} bytes take {small:.3f} s, {LARGE} bytes {large:.3f} s"
    return f"{LARGE} bytes take more than {(1 + AGAIN) * _GIVEN_UP:.1f} s"


def _seconds(parse: Callable[[bytes], object], octets: bytes) -> float:
    start = time.process_time()
    with contextlib.suppress(SiptlsError):
        parse(octets)
    return time.process_time() - start


@contextlib.contextmanager
def _given_up_after(seconds: float) -> Iterator[None]:
    def over(number: int, frame: FrameType | None) -> None:
        raise _GivenUpError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with contextlib.suppress(_GivenUpError):
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
