# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.ocsp_responses: responses signed beforehand, made anew when they are due."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils.files import NewFile, replace_file
from ..module_utils.pki.authority import Authority
from ..module_utils.pki.certificates import utc_now
from ..module_utils.pki.directory import PkiDirectory
from ..module_utils.pki.freshness import Freshness
from ..module_utils.pki.lines import write_time
from ..module_utils.pki.ocsp import Responder, Status, index_text, statuses
from ..module_utils.pki.response_archive import Contents, archive, contents_of, read_contents
from ..plugin_utils.operation import ISSUER, Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "issuer": ISSUER,
        "path": {"type": "path", "required": True},
        "valid_for": {"type": "str", "default": "7d"},
        "renew_before": {"type": "str", "default": "3d"},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Finds the responses as they are wanted, or signs all of them anew."""
        issuer = arguments["issuer"]
        wanted = Freshness.checked(valid_for=arguments["valid_for"], renew_before=arguments["renew_before"])
        path = self.controller_path(arguments["path"])
        directory = PkiDirectory(self.controller_path(issuer["pki"]))
        if self.check_mode and directory.find_authority(issuer["authority"]) is None:
            return {"changed": True, "reason": "no responses of an authority that will itself be made first"}
        authority, now = directory.authority(issuer["authority"]).reached_by(issuer["pkcs11_module"]), utc_now()
        known = statuses(directory, authority, now)
        before = read_contents(path)
        after = contents_of(authority.certificate, known, wanted.next_update(now, authority.certificate))
        reason = _reason(before, after, authority, wanted, now)
        if reason is None:
            return _facts(path, before or after, known, "")
        # In check mode too: a passphrase that will not do is foretold
        signing_key = authority.signing_key(issuer["passphrase"])
        if not self.check_mode:
            responder = Responder.made(authority, signing_key, wanted, now)
            directory.record_responder(authority, responder.certificate)
            replace_file(path, NewFile(archive(after, responder.responses(known), now)))
        return {**_facts(path, after, known, reason), **self._difference(path, before, after)}

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
