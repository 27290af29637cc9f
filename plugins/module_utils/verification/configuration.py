# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the configuration lacks, by the check run of siptls.vos.device_files, and how media are encrypted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..fleet.checks import Check, CheckName, CheckState
from ..fleet.device import Srtp

__all__ = ["configuration_check", "drift_of", "media_of"]

#: What siptls.vos.site would put right on a device, apart from its configuration.
_PUT_RIGHT: tuple[CheckName, ...] = ("files", "modes", "pair", "lifetime", "identity", "anchors")
_SITE = "run siptls.vos.site for this device; with --check --diff it shows what would change"


def configuration_check(found: Mapping[str, Any] | None) -> Check:
    """The configuration on the device is what the inventory makes of it, and is loaded.

    :param found: what siptls.vos.device_files returned in check mode; None where it was not asked
    """
    if not found or found.get("skipped"):
        return Check.because("configuration", "unknown", "the configuration was not compared")
    if found.get("failed"):
        return Check.because(
            "configuration", "unknown", f"the configuration cannot be compared: {found.get('msg', 'no message')}"
        )
    if not found.get("reasons"):
        return Check("configuration", "ok")
    words = tuple(map(str, found["reasons"]))
    cause = "the configuration is not what the inventory makes of it, or not loaded"
    return Check.because("configuration", "failed", cause, (*words, *map(str, found.get("warnings") or ())), _SITE)


def drift_of(checks: Iterable[Check], *, of: str = "") -> tuple[str, ...]:
    """What siptls.vos.site would change, in words.

    :param of: what stands in front of each check, for files beside those of the device itself
    """
    words: list[str] = []
    for one in checks:
        if one.check == "configuration" and one.state == "failed":
            words += one.evidence
        elif one.check in _PUT_RIGHT and one.state in ("due", "failed"):
            words.append(f"{of}{one.check}: {one.cause}")
    return tuple(words)


def media_of(configured: Mapping[str, Any] | None, call: Mapping[str, Any] | None) -> tuple[Check, Srtp | None]:
    """How media are encrypted: as a call showed, or else as configured.

    :param configured: required, keying and suite, as the inventory has them; None where it says nothing
    :param call: what siptls.vos.srtp_probe returned; None where no call was made
    """
    known = dict(configured or {})
    srtp = Srtp(known.get("required"), known.get("keying") or None, known.get("suite") or None, seen=False)
    if call and not call.get("skipped"):
        media = call.get("media") or {}
        if call.get("verdict") == "ok" and media.get("encrypted"):
            seen = Srtp(srtp.required, media.get("keying"), media.get("suite"), seen=True)
            return Check("media", "ok", besides=(f"a call agreed on {seen.keying}, {seen.suite}",)), seen
        evidence = tuple(map(str, call.get("evidence") or ()))
        state: CheckState = "unknown" if call.get("verdict") == "unknown" else "failed"
        cause = call.get("cause") or call.get("msg") or "the call was not encrypted"
        return Check.because(
            "media", state, f"a call was not proven encrypted: {cause}", evidence, str(call.get("remedy") or "")
        ), srtp
    if configured is None:
        return Check.because("media", "unknown", "nothing is known of its media"), None
    if srtp.required is False:
        return Check("media", "ok", besides=("SRTP is not required, as configured",)), srtp
    return Check(
        "media", "ok", besides=(f"SRTP as configured: {srtp.keying}, {srtp.suite or 'any suite'}; no call was made",)
    ), srtp
