# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP over TLS by hand: a request through the openssl command of a container, and whatever comes back."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from uuid import uuid4

REGISTRAR = "vos.example.com"
PORT = 5061
PATIENCE = 3


@dataclass(frozen=True)
class Answer:
    """What came back.

    :ivar sip: everything that the server sent inside TLS; empty if nothing
    :ivar tls: what openssl said about the handshake and after it
    """

    sip: str
    tls: str

    @property
    def status(self) -> int | None:
        """The status code of the SIP response, or None where there is none."""
        words = self.sip.split(maxsplit=2)
        return int(words[1]) if len(words) > 1 and words[0] == "SIP/2.0" else None


def request(method: str, aor: str) -> str:
    """A request from and to ``aor``, addressed to its domain."""
    domain = aor.partition("@")[2]
    contact = f"Contact: <{aor};transport=tls>\r\nExpires: 60\r\n" if method == "REGISTER" else ""
    return (
        f"{method} sip:{domain} SIP/2.0\r\n"
        f"Via: SIP/2.0/TLS test.invalid;branch=z9hG4bK{uuid4().hex};rport\r\n"
        "Max-Forwards: 70\r\n"
        f"From: <{aor}>;tag={uuid4().hex[:8]}\r\n"
        f"To: <{aor}>\r\n"
        f"Call-ID: {uuid4().hex}\r\n"
        f"CSeq: 1 {method}\r\n"
        f"{contact}"
        "Content-Length: 0\r\n\r\n"
    )


def send(container: str, message: str, *s_client: str, registrar: str = REGISTRAR) -> Answer:
    """Sends ``message`` from a container, with more arguments for ``openssl s_client``, and reads for some seconds.

    A TLS 1.3 handshake is over for a client before the server has looked at its certificate, so only an answer tells.
    """
    arguments = " ".join(s_client)
    program = (
        f"(cat; sleep {PATIENCE}) | timeout {2 * PATIENCE} "
        f"openssl s_client -quiet -connect {registrar}:{PORT} -servername {registrar} {arguments}"
    )
    done = subprocess.run(
        ["podman", "exec", "-i", container, "sh", "-c", program],
        input=message,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Answer(done.stdout, done.stderr)
