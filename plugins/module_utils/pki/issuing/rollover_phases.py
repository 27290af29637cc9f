# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollover from one root and issuing authority to others, in phases: who signs, and who is trusted, in each of them.

publish: the old authority signs, devices trust both. issue: the new one signs, devices trust both. retire: the new one alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

__all__ = ["PHASES", "InForce", "Use", "in_force", "not_by"]

PHASES = ("publish", "issue", "retire")


@dataclass(frozen=True)
class InForce:
    """What holds in a phase.

    :ivar issuing: the name in the PKI directory of the authority that signs
    :ivar trusted: the names of the other issuing authorities whose anchors devices trust as well
    :ivar is_new: whether the new authority signs
    :ivar lists: roots and issuing authorities whose revocation lists are wanted
    """

    root: str
    issuing: str
    trusted: tuple[str, ...]
    is_new: bool
    lists: tuple[str, ...]


def in_force(root: str, issuing: str, rollover: Mapping[str, str], phase: str = "") -> InForce:
    """What holds, given the names of the authorities and the rollover that is under way; empty where there is none.

    :param rollover: root, issuing and phase
    :param phase: what to assume instead of the phase in ``rollover``
    """
    if not rollover:
        return InForce(root, issuing, (), is_new=False, lists=(root, issuing))
    new_root, new_issuing = rollover["root"], rollover["issuing"]
    both = (root, issuing, new_root, new_issuing)
    phase = phase or rollover["phase"]
    if phase == "publish":
        return InForce(root, issuing, (new_issuing,), is_new=False, lists=both)
    if phase == "issue":
        return InForce(new_root, new_issuing, (issuing,), is_new=True, lists=both)
    return InForce(new_root, new_issuing, (), is_new=True, lists=(new_root, new_issuing))


@dataclass(frozen=True)
class Use:
    """A certificate that is in use.

    :ivar where: on whose disk, or by whom it is presented, in words
    :ivar serial: its serial number, in lower-case digits
    """

    where: str
    serial: str


def not_by(authorities: Collection[str], uses: Iterable[Use], issuers: Mapping[str, str]) -> list[str]:
    """The uses of certificates that none of these authorities issued, or that nobody knows, in words.

    :param issuers: by serial number, the authority that issued
    """
    return [
        f"{use.where}: certificate {use.serial} of {issuers.get(use.serial, 'an authority that is not on record')}"
        for use in uses
        if use.serial and issuers.get(use.serial) not in authorities
    ]
