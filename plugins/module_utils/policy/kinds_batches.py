# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values for the batches of a playbook (``serial``), and for when it gives up (``max_fail_percentage``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .kind import Kind, list_of, plain
from .kinds import COUNT
from .violations import Violation, shown

__all__ = ["BATCHES", "PERCENTAGE"]

_PERCENTAGE = re.compile(r"(?:[0-9]{1,2}(?:\.[0-9]{1,3})?|100(?:\.0{1,3})?)%?")
_BATCHES = "a number of hosts, a percentage such as 10%, or a list of these such as [1, 10, 50]"


def _is_percentage(value: Any) -> bool:
    return (
        isinstance(value, int | float | str)
        and not isinstance(value, bool)
        and _PERCENTAGE.fullmatch(str(value)) is not None
    )


def _is_batch(value: Any) -> bool:
    return not list(COUNT.problems("", value)) or (
        isinstance(value, str) and value.endswith("%") and _is_percentage(value) and float(value[:-1]) > 0
    )


def _batches(name: str, value: Any) -> Iterator[Violation]:
    if isinstance(value, list) and value:
        yield from _LIST.problems(name, value)
    elif not _is_batch(value):
        yield Violation(name, shown(value), _BATCHES)


_LIST = list_of(plain("a number of hosts from 1, or a percentage such as 10%", _is_batch), _BATCHES)
BATCHES = Kind(_BATCHES, _batches)
PERCENTAGE = plain("a percentage from 0 to 100", _is_percentage)
