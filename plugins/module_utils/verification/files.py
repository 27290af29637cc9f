# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a device: that they are there, whose they are, and that key and certificate are a pair."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..fleet.checks import Check
from ..probe.settings import DeviceFile
from .settings import FileMode, Observed, VerificationTarget

__all__ = ["files_check", "modes_check", "pair_check"]

_RENEW = "run siptls.vos.rotate for this device"
_PUT_RIGHT = "run siptls.vos.site for this device, which puts owner and mode right; then see who changed them"


def files_check(seen: Observed) -> Check:
    """Certificate, key, trust bundle and, where there is to be one, revocation list are there and can be read."""
    return Check.by_all("files", "failed", list(_missing(seen)))


def _missing(seen: Observed) -> Iterator[Finding]:
    files = (
        (seen.own.certificate, "the certificate", bool(seen.certificates)),
        (seen.own.private_key, "the private key", True),
        (seen.trust_bundle, "the trust bundle", bool(seen.bundle)),
        (seen.crl, "the revocation list", True),
    )
    for file, what, is_read in files:
        if (finding := file.why_not_there(what)) or (finding := _stray_key(seen, file)):
            yield finding
        elif file.state == "there" and not is_read:
            yield Finding(f"{what} {file.path} is not readable PEM", remedy=_RENEW)


def _stray_key(seen: Observed, file: DeviceFile) -> Finding | None:
    if file is seen.own.private_key or file.path == seen.own.private_key.path:
        return None
    belongs = {seen.trust_bundle.path: "the certificate of a CA", seen.crl.path: "a CRL"}
    return file.stray_key(belongs.get(file.path, "a certificate"))


def modes_check(wanted: VerificationTarget, seen: Observed) -> Check:
    """Nobody but the owner writes any of it, and nobody else at all reads the key, its group apart where it may."""
    if not seen.modes:
        return Check.because("modes", "unknown", "owners and modes cannot be told")
    return Check.by_all("modes", "failed", list(_loose(wanted, seen)))


def _loose(wanted: VerificationTarget, seen: Observed) -> Iterator[Finding]:
    paths = {
        "certificate": seen.own.certificate.path,
        "private_key": seen.own.private_key.path,
        "trust_bundle": seen.trust_bundle.path,
        "folder": seen.own.private_key.path.rpartition("/")[0] or "/",
    }
    for name, path in paths.items():
        mode = seen.modes.get(name)
        if mode is not None:
            for words in _against(name, mode, wanted):
                yield Finding(f"{path}: {words}", remedy=f"chmod go-w {path}" if name == "folder" else _PUT_RIGHT)


def _against(name: str, mode: FileMode, wanted: VerificationTarget) -> Iterator[str]:
    permissions = mode.permissions
    if name == "private_key" and permissions[6:9] != "---":
        yield f"mode is {permissions}: others than owner and group may use the key"
    if name == "private_key" and permissions[4] == "w":
        yield f"mode is {permissions}: its group may replace the key"
    if name != "private_key" and permissions[7] == "w" and permissions[8] not in "tT":
        yield f"mode is {permissions}: everybody may write to it"
    if name == "folder":
        # What siptls.vos.device_certificate refuses: a symlink there has root write elsewhere
        if permissions[4] == "w" and mode.group not in ("root", "0"):
            yield f"mode is {permissions}: its group {mode.group} may write to it"
        return
    if wanted.owner and mode.owner != wanted.owner:
        yield f"owner is {mode.owner}, to be {wanted.owner}"
    if wanted.group and mode.group != wanted.group:
        yield f"group is {mode.group}, to be {wanted.group}"


def pair_check(seen: Observed) -> Check:
    """The key is that of the certificate."""
    own = seen.own
    if own.certificate.state != "there" or own.private_key.state != "there":
        return Check.because("pair", "unknown", "certificate and key are not both there")
    if not seen.openssl:
        return Check.because("pair", "unknown", "there is no openssl on the device")
    if own.public_key and not own.certificate_key:
        return Check.because("pair", "unknown", "the certificate cannot be read")
    finding = own.problem()
    return Check("pair", "ok") if finding is None else Check("pair", "failed", (finding,))
