# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device, looked at for a verification: one command, and what it said in the words of the checks."""

from __future__ import annotations

from collections.abc import Mapping

from ..module_utils.clocks import seconds_ahead
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.x509.certificates import read_certificates
from ..module_utils.probe.settings import DeviceFile, Own
from ..module_utils.sip.registrations import Connection, parse_connections
from ..module_utils.timestamps import utc_now
from ..module_utils.verification.settings import FileMode, Observed
from .answer import LATEST, Answer
from .device import Call
from .listing import parse_listing

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["PATHS", "look_call", "observed"]

PATHS = ("certificate", "private_key", "trust_bundle", "crl")
_LISTED = ("certificate", "private_key", "trust_bundle", "folder")
_CPUINFO = "/proc/cpuinfo"


def look_call(paths: Mapping[str, str], *, numeric: bool, connections_command: str = "") -> Call:
    """What asks a device of itself, and changes nothing; what it says is for :func:`observed`.

    :param paths: certificate, private_key, trust_bundle and crl, each a path on the device or empty
    :param numeric: whether owners are wanted as numbers
    :param connections_command: what tells the connections of a softswitch; empty for none
    """
    return Call(
        "verification_look.sh",
        {
            **{name: paths[name] for name in PATHS},
            "numeric": "n" if numeric else "",
            "connections_command": connections_command,
            "cpuinfo": _CPUINFO,
        },
    )


def observed(answer: Answer, paths: Mapping[str, str], *, before: float, after: float) -> Observed:
    """What the answer to :func:`look_call` shows.

    :param before: when it was asked, by the controller's clock, in seconds since 1970; ``after``: when the answer was there
    :raises SiptlsError: the answer cannot be read
    """

    def file(name: str) -> DeviceFile:
        return DeviceFile(paths[name], answer.value(name) or "unused", answer.body(name) or "")

    connections, problem = _connections(answer, answer.where)
    processor, _blank, aes = (answer.value("processor") or "").partition(" ")
    certificate, bundle = file("certificate"), file("trust_bundle")
    return Observed(
        now=utc_now(),
        ahead=_ahead(answer, before, after),
        openssl=answer.value("openssl") or "",
        own=Own(
            certificate=certificate,
            private_key=file("private_key"),
            public_key=(answer.body("public_key") or "").strip(),
            certificate_key=(answer.body("certificate_key") or "").strip(),
            key_problem=answer.value("key_problem") or "",
        ),
        trust_bundle=bundle,
        crl=file("crl"),
        certificates=_certificates(certificate),
        bundle=_certificates(bundle),
        modes=_modes(answer),
        processor=processor,
        has_aes=aes == "yes",
        connections=connections,
        connections_problem=problem,
    )


def _ahead(answer: Answer, before: float, after: float) -> int:
    """How far the device's clock is ahead: it was read when the script began and when it ended."""
    began, ended = answer.number("began", LATEST), answer.number("ended", LATEST)
    if began is None or ended is None:
        raise answer.unreadable("began and ended", "the seconds since 1970", "")
    return seconds_ahead(began, ended, before=before, after=after)


def _certificates(file: DeviceFile) -> tuple[x509.Certificate, ...]:
    """Those of a PEM file; none where one of them cannot be read."""
    try:
        return read_certificates(file.text.encode(errors="surrogateescape"), where=file.path)
    except SiptlsError:
        return ()


def _modes(answer: Answer) -> dict[str, FileMode]:
    modes = {}
    for name in _LISTED:
        listed = next(iter(parse_listing(answer.value(f"listed_{name}") or "").values()), None)
        if listed:
            modes[name] = FileMode(listed.permissions, listed.owner, listed.group)
    return modes


def _connections(answer: Answer, where: str) -> tuple[tuple[Connection, ...] | None, str]:
    status, said = answer.value("connections"), answer.body("connections") or ""
    if status is None:
        return None, "the softswitch is not asked for its connections (vos_connections_command)"
    if status != "0":
        return None, f"the command that tells the connections ended with status {status}: {said.strip()[:200]}"
    try:
        return parse_connections(said, where=where), ""
    except SiptlsError as error:
        return None, str(error)
