# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe found: each step with its state and its findings, and what was seen on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..findings import State
from ..sip.calling import Called
from ..sip.registering import Binding, bindings_in
from ..sip.status import status_line
from ..sip.talk import Answered
from ..tls.code_points import group_name, version_name
from ..tls.observation import Observation
from .media import Agreement
from .options import Call
from .settings import DeviceFacts, Target
from .steps import NOT_TRIED, ProbeStep

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Calling", "ProbeResult", "Registering"]


@dataclass(frozen=True)
class Registering:
    """What became of REGISTER."""

    step: ProbeStep = NOT_TRIED
    answered: Answered = field(default_factory=Answered)

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What the registrar lists; empty unless the step is ok."""
        final = self.answered.final
        listed = self.step.state is State.OK and final is not None and final.status < 300
        return bindings_in(final) if final is not None and listed else ()

    @property
    def status(self) -> int | None:
        """Of the final answer; None where none came."""
        return self.answered.final.status if self.answered.final else None

    @property
    def reason(self) -> str:
        """The status line of the final answer; empty where none came."""
        return status_line(self.answered.final) if self.answered.final else ""


@dataclass(frozen=True)
class Calling:
    """What became of a call."""

    call: Call
    agreement: Agreement = field(default_factory=lambda: Agreement(NOT_TRIED))
    called: Called = field(default_factory=Called)


@dataclass(frozen=True)
class ProbeResult:
    """What a probe found.

    :ivar device: what the device told of itself
    :ivar seen: the connection
    :ivar wide: a second one that offered all there is, where the first came to nothing for want of something in common
    :ivar served: what the server presented, as far as it can be read
    :ivar milliseconds: of the TLS handshake; None where it did not come to its end
    :ivar seen_from: the address that the server saw; empty where it does not tell
    :ivar asked: the answer to OPTIONS
    :ivar registering: REGISTER; None where none was wanted
    :ivar calling: a call; None where none was wanted
    :ivar changed: something was registered, and removed again
    """

    target: Target
    device: DeviceFacts
    seen: Observation
    tls: ProbeStep
    options: ProbeStep
    asked: Answered = field(default_factory=Answered)
    served: tuple[x509.Certificate, ...] = ()
    wide: Observation | None = None
    milliseconds: int | None = None
    seen_from: str = ""
    registering: Registering | None = None
    calling: Calling | None = None
    notes: tuple[str, ...] = ()
    changed: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether the server answered something, so that the step after OPTIONS can be tried."""
        return self.tls.state is State.OK and self.asked.final is not None

    @property
    def steps(self) -> Mapping[str, ProbeStep]:
        """The steps by name, in their order."""
        steps = {"tls": self.tls, "options": self.options}
        if self.registering:
            steps["register"] = self.registering.step
        if self.calling:
            steps["media"] = self.calling.agreement.step
        return steps

    @property
    def protocol(self) -> str | None:
        """The version of TLS that was agreed on; None where none was."""
        return version_name(self.seen.chosen.version) if self.seen.chosen else None

    @property
    def hello_octets(self) -> int | None:
        """The length of the ClientHello; None where it was not seen."""
        return self.seen.offered.octets if self.seen.offered else None

    @property
    def offered_groups(self) -> tuple[str, ...]:
        """The groups of the ClientHello."""
        return tuple(group_name(one) for one in self.seen.offered.groups) if self.seen.offered else ()

    def forgiving_options(self) -> ProbeResult:
        """The same, with a refused OPTIONS as a note where the step after it is ok: a server may refuse OPTIONS and take what matters."""
        others = [step.state for name, step in self.steps.items() if name not in ("tls", "options")]
        if self.options.state is not State.FAILED or not others or set(others) != {State.OK}:
            return self
        words = tuple(one.cause for one in self.options.findings)
        return replace(self, options=ProbeStep(State.OK), notes=(*self.notes, *words))
