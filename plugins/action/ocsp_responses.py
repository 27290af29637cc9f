# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.ocsp_responses: responses signed beforehand, made anew when they are due."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.files import PRIVATE, PRIVATE_FOLDER, NewFile, replace_file
from ..module_utils.pki.authority.authority import Authority
from ..module_utils.pki.register import Register
from ..module_utils.pki.revocation.ocsp import Status, index_text, statuses
from ..module_utils.pki.revocation.ocsp_archive import Contents, archive, contents_of, read_archive
from ..module_utils.pki.revocation.ocsp_checks import Responses
from ..module_utils.pki.revocation.validity import Freshness
from ..module_utils.pki.text.names import file_name
from ..module_utils.timestamps import utc_now, write_time
from ..plugin_utils.operation import ISSUER, Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "issuer": ISSUER,
        "path": {"type": "path"},
        "valid_for": {"type": "str", "default": "7d"},
        "renew_before": {"type": "str", "default": "3d"},
        "run_interval": {"type": "str", "default": ""},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Finds the responses as they are wanted, or signs all of them anew."""
        issuer = arguments["issuer"]
        wanted = Freshness.checked(**{name: arguments[name] for name in ("valid_for", "renew_before", "run_interval")})
        given = self.opened(issuer)
        register = given.register
        path = self._path(arguments["path"], register, issuer["authority"])
        if self.check_mode and register.find_authority(issuer["authority"]) is None:
            not_yet = "no responses of an authority that will itself be made first"
            return {"changed": True, "reason": not_yet, "path": str(path)}
        signer, now = given.signer, utc_now()
        authority = signer.authority
        known = statuses(register, authority, now)
        # A response for each kind of CertID. The contents are what the archive claims: they tell what changed, and prove nothing
        before, files = read_archive(path, 2 * len(known)) or (None, {})
        after = contents_of(authority.certificate, known, wanted.next_update(now, authority.certificate))
        reason = _reason(before, after, authority, wanted, now)
        if reason is None and before is not None:
            checks = Responses(authority, lambda found: register.has_responder(authority, found), now)
            fault = checks.fault(files, known, before.next_update)
            reason = f"the archive was altered: {fault}" if fault else None
        if reason is None:
            return _facts(path, before or after, known, "")
        # In check mode too: a passphrase that will not do is foretold
        signer.unlock()
        if not self.check_mode:
            responder = signer.responder(wanted, now)
            register.record_responder(authority, responder.certificate)
            content = archive(after, responder.responses(known), now)
            replace_file(path, NewFile(content, PRIVATE), folder_mode=PRIVATE_FOLDER)
        return {**_facts(path, after, known, reason), **self._difference(path, before, after)}

    def _path(self, given: str | None, register: Register, authority: str) -> Path:
        """The archive: as given, or in the cache of the user who runs Ansible, by the identity of the register."""
        if not given:
            cache = os.environ.get("XDG_CACHE_HOME", "")
            base = Path(cache) if cache.startswith("/") else Path("~/.cache").expanduser()
            return (
                base
                / "siptls"
                / hashlib.sha256(os.fsencode(register.identity)).hexdigest()[:16]
                / f"ocsp_{file_name(authority)}.tar"
            )
        path = self.controller_path(given)
        if register.contains(path):
            raise SiptlsError(
                "the archive of OCSP responses cannot be in the PKI directory, from where it would get into git",
                where=str(path),
                expected="a path elsewhere, or none for the cache of the user who runs Ansible",
            )
        return path

    def _difference(self, path: Path, before: Contents | None, after: Contents) -> dict[str, Any]:
        if not self.diff_mode:
            return {}
        texts = {"before": before.render().decode() if before else "", "after": after.render().decode()}
        return {"diff": {**texts, "before_header": str(path), "after_header": str(path)}}


def _reason(
    before: Contents | None, after: Contents, authority: Authority, wanted: Freshness, now: datetime
) -> str | None:
    if before is None:
        return "no responses there yet"
    if before.digest != after.digest:
        return (
            f"certificates have changed: {before.good} good and {before.revoked} revoked before, "
            f"{after.good} good and {after.revoked} revoked now"
        )
    return wanted.reason_to_renew(before.next_update, now, authority.certificate)


def _facts(path: Path, contents: Contents, known: list[Status], reason: str) -> dict[str, Any]:
    facts = {
        "changed": bool(reason),
        "path": str(path),
        "good": contents.good,
        "revoked": contents.revoked,
        "next_update": write_time(contents.next_update),
        "index": index_text(known),
    }
    return {**facts, "reason": reason} if reason else facts
