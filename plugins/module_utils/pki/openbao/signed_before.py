# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that OpenBao has signed although nobody got the answer.

An error on a signature does not mean that nothing was signed: of a leader that dies, the last entry of its log may be kept. What is in
the store is told page by page; OpenBao returns serial numbers with colons and takes them back with dashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ...bao.client import Client
from ..x509.certificates import read_certificates
from ..x509.keys import public_key_digits
from .issued import Asked

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["signed_before", "stored_serials"]


def signed_before(client: Client, mount: str, asked: Asked) -> x509.Certificate | None:
    """The certificate that was asked for, where it is in the store; None where it is not.

    :raises SiptlsError: the store cannot be listed
    """
    for serial, facts in _listed(client, mount):
        if _may_be(facts, asked):
            certificate = read_stored(client, mount, serial)
            if public_key_digits(certificate.public_key()) == public_key_digits(asked.public_key):
                return certificate
    return None


def stored_serials(client: Client, mount: str) -> list[str]:
    """The serial numbers of all certificates in the store of a mount, in digits.

    :raises SiptlsError: the store cannot be listed
    """
    return [serial.replace(":", "").replace("-", "") for serial, _facts in _listed(client, mount)]


def read_stored(client: Client, mount: str, serial: str) -> x509.Certificate:
    """A certificate of the store.

    :param serial: with colons, with dashes or in digits
    :raises SiptlsError: it cannot be read
    """
    digits = serial.replace(":", "").replace("-", "")
    path = f"{mount}/cert/" + "-".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    reply = client.checked(client.read(path), "OpenBao does not show a certificate that it lists", path)
    return read_certificates(reply.text("certificate").encode(), where=f"{path} in OpenBao")[0]


def _listed(client: Client, mount: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    path = f"{mount}/certs/detailed"
    for reply in client.pages(path):
        if reply.is_missing:
            return
        known = client.checked(reply, "OpenBao does not list the certificates of this mount", path).data.get("key_info")
        facts = known if isinstance(known, Mapping) else {}
        for serial in reply.keys:
            about = facts.get(serial)
            yield serial, about if isinstance(about, Mapping) else {}


def _may_be(facts: Mapping[str, Any], asked: Asked) -> bool:
    """By what the list tells; whatever it does not tell may be right."""
    name, end = facts.get("common_name"), _moment(facts.get("not_after"))
    return name in (None, asked.identity.common_name) and end in (None, asked.valid.not_after)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
    except ValueError:
        return None
