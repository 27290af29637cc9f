# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.revocation_list: the current revocation list of an authority, made anew when it is due."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.pki.issuing.revocation_lists import RevocationLists
from ..module_utils.pki.revocation.crl import RevocationList
from ..module_utils.pki.revocation.validity import Freshness
from ..module_utils.serial_numbers import serial_digits
from ..module_utils.timestamps import utc_now, write_time
from ..plugin_utils.operation import ISSUER, Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "issuer": ISSUER,
        "valid_for": {"type": "str", "default": "7d"},
        "renew_before": {"type": "str", "default": "3d"},
        "run_interval": {"type": "str", "default": ""},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Finds the list, or makes the next one."""
        issuer = arguments["issuer"]
        wanted = Freshness.checked(**{name: arguments[name] for name in ("valid_for", "renew_before", "run_interval")})
        given = self.opened(issuer)
        if self.check_mode and given.register.find_authority(issuer["authority"]) is None:
            return {"changed": True, "reason": "no revocation list of an authority that will itself be made first"}
        signer, now = given.signer, utc_now()
        lists = RevocationLists(given.register, signer.authority)
        before = lists.current()
        reason = lists.reason(before, wanted, now)
        if reason is None:
            return _facts(before)
        if self.check_mode:
            # A passphrase that will not do is foretold too
            signer.unlock()
            return {**_facts(before), "changed": True, "reason": reason}
        made = lists.renew(signer, wanted, now)
        if before is not None and made.number == before.number:
            return _facts(made)
        return {**_facts(made), "changed": True, "reason": reason, **self._difference(before, made)}

    def _difference(self, before: RevocationList | None, after: RevocationList) -> dict[str, Any]:
        if not self.diff_mode:
            return {}
        return {"diff": {"before": _described(before) if before else "", "after": _described(after)}}


def _facts(found: RevocationList | None) -> dict[str, Any]:
    if found is None:
        return {"changed": False}
    return {
        "changed": False,
        "crl": found.pem,
        "crl_number": str(found.number),
        "next_update": write_time(found.next_update),
    }


def _described(found: RevocationList) -> str:
    lines = [f"number: {found.number}", f"next update: {found.next_update:%F %T} UTC"]
    lines += [f"revoked: {serial_digits(serial)}" for serial in sorted(found.serials)]
    return "".join(f"{line}\n" for line in lines)
