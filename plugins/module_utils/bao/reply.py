# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenBao answered, as far as it can be relied on: nothing in it has to be there, or be of the right type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..json_text import shown_value

__all__ = ["Reply"]

_OK, _MULTIPLE_CHOICES = 200, 300
_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND = 400, 403, 404
_LONGEST_WORDS = 500


@dataclass(frozen=True)
class Reply:
    """What OpenBao answered.

    :ivar document: the JSON object; empty where there was none
    """

    status: int
    document: Mapping[str, Any]

    @property
    def is_success(self) -> bool:
        """Whether it was done, or found."""
        return _OK <= self.status < _MULTIPLE_CHOICES

    @property
    def is_missing(self) -> bool:
        """Whether there is no such thing."""
        return self.status == _NOT_FOUND

    @property
    def is_refused(self) -> bool:
        """Whether the token may not do that."""
        return self.status == _FORBIDDEN

    @property
    def is_wrong(self) -> bool:
        """Whether the request itself was found wrong, such as a check-and-set whose version is another."""
        return self.status == _BAD_REQUEST

    @property
    def data(self) -> Mapping[str, Any]:
        """What the answer is about; empty where there is nothing."""
        found = self.document.get("data")
        return found if isinstance(found, Mapping) else {}

    def text(self, name: str) -> str:
        """A text of :attr:`data`; empty where there is none of that name."""
        found = self.data.get(name)
        return found if isinstance(found, str) else ""

    @property
    def keys(self) -> list[str]:
        """The keys of a list; none where there is no list."""
        found = self.data.get("keys")
        return [key for key in found if isinstance(key, str)] if isinstance(found, list) else []

    @property
    def words(self) -> str:
        """What OpenBao says is wrong, for a reader."""
        found = self.document.get("errors")
        said = "; ".join(str(one) for one in found) if isinstance(found, list) else ""
        return f"{self.status} {shown_value(said, _LONGEST_WORDS)}" if said else str(self.status)
