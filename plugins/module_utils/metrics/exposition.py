# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text format of Prometheus, version 0.0.4: families of samples, written so that every value comes back as it was.

https://prometheus.io/docs/instrumenting/exposition_formats/ says how; the textfile collector of node_exporter takes it without timestamps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ..errors import SiptlsError

__all__ = ["Family", "Sample", "check_labels", "render"]

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_IN_VALUES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_SPECIAL = re.compile(r'[\\\n"\ud800-\udfff]')
_IN_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
#: Below this a float holds every whole number
_WHOLE = 2**53

#: labels by name, and the value
Sample: TypeAlias = "tuple[Mapping[str, str], float]"


@dataclass(frozen=True)
class Family:
    """A metric: all of them are gauges, for they say how it stood when the document was written.

    :ivar labels: the names that its samples have
    """

    name: str
    help: str
    samples: tuple[Sample, ...]
    labels: tuple[str, ...] = ()


def check_labels(labels: Mapping[str, str], taken: Iterable[str]) -> None:
    """Whether labels may be added to every sample.

    :param taken: the names that samples have already
    :raises SiptlsError: a name is none, is kept for Prometheus itself, or is taken
    """
    for name in labels:
        if not _LABEL.fullmatch(name) or name.startswith("__"):
            raise SiptlsError(
                "this is no name of a label",
                where=f"labels, {name}",
                expected="letters, digits and underscores, no digit first, and not two underscores first",
            )
        if name in taken:
            raise SiptlsError(
                "the metrics have a label of this name", where=f"labels, {name}", remedy="take another name"
            )


def render(families: Iterable[Family], labels: Mapping[str, str]) -> str:
    """The text of a file; a family without samples is left out, for nothing is known of it.

    :param labels: added to every sample
    """
    added = [f'{name}="{_value(value)}"' for name, value in labels.items()]
    lines: list[str] = []
    for family in families:
        if family.samples:
            lines += [f"# HELP {family.name} {family.help.translate(_IN_HELP)}", f"# TYPE {family.name} gauge"]
            lines += sorted(f"{family.name}{_written(added, own)} {_number(value)}" for own, value in family.samples)
    lines.append("")
    return "\n".join(lines)


def _written(added: list[str], labels: Mapping[str, str]) -> str:
    pairs = [*added, *[f'{name}="{_value(value)}"' for name, value in labels.items()]]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _value(value: str) -> str:
    if not _SPECIAL.search(value):
        return value
    # Half of a surrogate pair, which JSON can hold, is no UTF-8
    return value.encode("utf-8", "replace").decode().translate(_IN_VALUES)


def _number(value: float) -> str:
    return str(int(value)) if abs(value) < _WHOLE and value == int(value) else repr(float(value))
