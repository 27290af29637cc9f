# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the calls showed, as a table: keying and suite of each, how much of each tone arrived, and how much of it was on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.evidence import Evidence
from lab.legs import Leg, legs
from lab.streams import tone_share
from lab.tone import decibels

HEADINGS = ("call, tone from and to", "keying", "suite", "tone at the far end", "tone on the wire", "verdict")
#: Of the energy: above this a tone arrived, below that there is none
ARRIVED, ABSENT = 0.9, 0.01


@dataclass(frozen=True)
class Row:
    """One direction of a call, or a call that was refused.

    :ivar far: share of the energy that the sender's tone has of what reached the receiver, decrypted; None where nothing did
    :ivar wire: the same of what an eavesdropper reads, on that leg of the two where it is more
    """

    call: str
    keying: str
    suite: str
    far: float | None
    wire: float | None
    verdict: str

    def words(self) -> tuple[str, str, str, str]:
        """What does not differ from run to run."""
        return (self.call, self.keying, self.suite, self.verdict)

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        far, wire = ("-" if one is None else f"{round(decibels(one), 1) + 0.0:.1f} dB" for one in (self.far, self.wire))
        return (self.call, self.keying, self.suite, far, wire, self.verdict)


def tone_of(gateway: str) -> int:
    """The tone that a gateway of the lab plays, in Hz."""
    return 330 + 110 * int(gateway.removeprefix("gw"))


def rows(evidence: Evidence) -> list[Row]:
    """Both directions of a call, or one row for a call that was refused."""
    final = next(
        one for one in evidence.messages if not one.received and one.method == "INVITE" and (one.status or 0) >= 200
    )
    if final.status != 200:
        reason = final.header("Warning").partition('"')[2].rstrip('"')
        call = f"{evidence.caller} to {evidence.callee}"
        return [Row(call, "-", "-", None, None, f"refused, {final.status}: {reason}")]
    caller, callee = legs(evidence)
    return [direction(caller, callee), direction(callee, caller)]


def direction(sender: Leg, receiver: Leg) -> Row:
    """The tone of one gateway on its way to another."""
    hertz = tone_of(sender.gateway)
    far = tone_share(receiver.heard_clear, hertz)
    wire = max(tone_share(sender.sent, hertz), tone_share(receiver.heard, hertz))
    return Row(
        call=f"{sender.gateway} to {receiver.gateway}",
        keying=_both(sender.verdict.keying.value, receiver.verdict.keying.value),
        suite=_both(sender.suite or "none", receiver.suite or "none"),
        far=far,
        wire=wire,
        verdict=_verdict(far, wire),
    )


def _both(one: str, other: str) -> str:
    return one if one == other else f"{one}, {other}"


def _verdict(far: float, wire: float) -> str:
    arrived = "the tone arrives" if far > ARRIVED else "the tone does not arrive"
    if wire < ABSENT:
        return f"encrypted, {arrived}"
    return f"not encrypted, {arrived}" if wire > ARRIVED else f"partly encrypted, {arrived}"


def table(found: Sequence[Row]) -> str:
    """The rows below their headings, as a table of reStructuredText."""
    lines = [HEADINGS, *(one.cells() for one in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = "  ".join("=" * width for width in widths)
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([rule, text[0], rule, *text[1:], rule]) + "\n"
