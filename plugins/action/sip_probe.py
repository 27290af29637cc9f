# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.sip_probe: TLS, OPTIONS and REGISTER with the identity of a device, and why one fails."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.findings import State
from ..module_utils.probe import facts, steps
from ..module_utils.sip.registering import fetch_bindings, register_and_remove, unreadable_bindings
from ..module_utils.sip.talk import Answered, Hold
from ..plugin_utils.probe import PROBE, Probe, Run

_EXPIRES = 60


class ActionModule(Probe):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        **PROBE,
        "register": {"type": "str", "default": "fetch", "choices": ["none", "fetch", "bind"]},
    }

    def prepare(self, arguments: dict[str, Any], domain: str) -> None:
        """In check mode nothing is registered."""
        self._kind = "fetch" if self.check_mode and arguments["register"] == "bind" else arguments["register"]

    def extra_seconds(self, arguments: dict[str, Any]) -> int:
        """None."""
        return 0

    def hold(self) -> Hold:
        """Not if nothing follows."""
        return Hold.NEVER if self._kind == "none" else Hold.ALWAYS

    def go_on(self, run: Run, arguments: dict[str, Any]) -> None:
        """REGISTER, of one kind or the other."""
        if self._kind == "none":
            run.results["register"] = {**facts.answer_facts(steps.NOT_TRIED, Answered()), "bindings": []}
            return
        step, answered = steps.NOT_TRIED, Answered()
        if run.goes_on and self._kind == "fetch":
            answered = run.conversation.run(
                fetch_bindings(run.client, run.domain, run.credentials, patience=run.patience)
            )
            step = steps.register_step(answered)
        elif run.goes_on:
            done = run.conversation.run(
                register_and_remove(run.client, run.domain, run.credentials, expires=_EXPIRES, patience=run.patience)
            )
            answered, step = done.made, steps.removal_step(done)
            run.results["changed"] = answered.final is not None and answered.final.status < 300
        run.steps["register"] = step
        run.results["register"] = {
            **facts.answer_facts(step, answered),
            "bindings": facts.binding_facts(answered) if step.state is State.OK else [],
        }
        unreadable = unreadable_bindings(answered.final) if answered.final else 0
        if unreadable:
            run.notes.append(
                f"the registrar lists {unreadable} Contacts that cannot be read; the others are in bindings"
            )
        if answered.challenge and answered.challenge.hash_name == "md5":
            run.notes.append("the password is proven by MD5, which RFC 8760 replaces: have the registrar offer SHA-256")
