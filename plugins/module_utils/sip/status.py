# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of SIP in words: what the status means to an operator, and what the other side says of it itself.

The registry of IANA has the status; Warning is of RFC 3261, section 20.43, Reason of RFC 3326.
"""

from __future__ import annotations

from collections.abc import Iterator

from .fields import parse_warning
from .message import Response
from .syntax import shown

__all__ = ["SERVES_NO_OPTIONS", "meaning", "own_words", "status_line"]

_PASSWORD = "a password is asked for"  # noqa: S105 - a sentence about one
_WORDS = {
    300: ("there are several addresses to choose from", "call the one that is meant"),
    301: ("the address has moved for good", "use the new address, in Contact"),
    302: ("the address has moved", "use the new address, in Contact"),
    305: ("another proxy is to be used", "use the proxy that Contact names"),
    400: ("the server cannot read the request", "the server's log says what it does not like"),
    401: (_PASSWORD, "give username and password of the registrar"),
    402: ("payment is asked for", "see to the account"),
    403: (
        "the server refuses this identity",
        "have the certificate name the AoR (subject alternative name URI:sip:user@domain); see in the registrar's log why it refused",
    ),
    404: ("the server knows no such address", "correct the AoR or the number, or provision it at the softswitch"),
    405: ("the server does not serve this method", "see to the softswitch's configuration"),
    406: ("the server cannot answer in a form that is accepted", "see to the softswitch's configuration"),
    407: (_PASSWORD, "give username and password of the proxy"),
    408: ("the next hop did not answer in time", "see to who is behind the softswitch"),
    410: ("the address is gone for good", "correct the AoR or the number"),
    413: ("the request is too large", "see to the softswitch's limits"),
    415: ("the server does not take SDP", "see to the softswitch's configuration"),
    416: ("the server does not know the scheme of the URI", "use sip: URIs"),
    420: ("the server does not know an extension that is required", "see to the softswitch's configuration"),
    421: ("the server requires an extension", "see Require in its answer"),
    423: ("the registration is too short for the registrar", "ask for a longer one (expires)"),
    480: ("nobody is registered there, or nobody takes calls now", "register the called device, or call another one"),
    481: ("the server knows no such call", "see whether another server got the request"),
    482: ("the request goes round in a loop", "see to the routing of the softswitch"),
    483: ("the request took too many hops", "see to the routing of the softswitch"),
    484: ("the number is not complete", "correct the number"),
    485: ("the address is ambiguous", "correct the number"),
    486: ("the called device is busy", "call later"),
    487: ("the call was given up", ""),
    488: ("the offered media is not accepted", "compare keying and suites with srtp_policy of the domain and with the called device"),
    491: ("another request is under way", "try again"),
    493: ("the body cannot be read", "see to what is on the way"),
    494: ("the server wants an agreement on security first (RFC 3329)", "see to the softswitch's configuration"),
    500: ("something failed in the server", "the server's log says what"),
    501: ("the server does not know this method", "see to the softswitch's configuration"),
    502: ("the next hop gave an answer that cannot be used", "see to who is behind the softswitch"),
    503: ("the server is overloaded or being serviced", "try later; see to its state"),
    504: ("the server waited for another one in vain", "see to who is behind the softswitch"),
    505: ("the server does not know this version of SIP", "see to the softswitch's configuration"),
    513: ("the request is too large", "see to the softswitch's limits"),
    580: ("a condition of the call cannot be met", "see to the called device"),
    600: ("the called user is busy everywhere", "call later"),
    603: ("the call was declined", "see to the called device"),
    604: ("the address exists nowhere", "correct the number"),
    606: ("the offered media is not accepted", "compare keying and suites with srtp_policy of the domain and with the called device"),
    607: ("the call is not wanted", "see to the called device"),
    608: ("the call was rejected on the way", "see Call-Info in the answer"),
}  # fmt: skip
_CLASSES = {
    3: "the server redirects",
    4: "the server refuses the request",
    5: "the server fails",
    6: "nobody takes the request",
}
#: Answers to OPTIONS that prove a server as well as 200 does: it has read the request, and serves it not here or not so.
SERVES_NO_OPTIONS = (401, 404, 405, 406, 407, 415, 420, 421, 480, 486, 488, 501)


def meaning(status: int) -> tuple[str, str]:
    """What a negative status means, as a clause, and what to do about it."""
    return _WORDS.get(status) or (_CLASSES.get(status // 100, "the answer is not known here"), "")


def status_line(response: Response) -> str:
    """Status and reason, for a reader."""
    return f"{response.status} {shown(response.reason)[1:-1]}".strip()


def own_words(response: Response) -> tuple[str, ...]:
    """What the sender says in Warning, Reason and Retry-After, each as a clause."""
    return tuple(_own_words(response))


def _own_words(response: Response) -> Iterator[str]:
    yield f"it answered {status_line(response)}"
    for warning in response.readable("Warning", parse_warning)[0][:4]:
        yield f"Warning {warning.code} of {shown(warning.agent)}: {shown(warning.text)}"
    for name in ("Reason", "Retry-After", "Error-Info"):
        for value in response.values(name)[:2]:
            yield f"{name}: {shown(value)}"
