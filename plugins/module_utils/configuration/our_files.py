# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the files that this collection keeps beside a configuration file."""

from __future__ import annotations

import posixpath

__all__ = ["beside", "state_file_beside"]


def beside(path: str, what: str) -> str:
    """The path of a file of ours beside another.

    :param what: such as ``new``, ``previous`` or ``original``
    """
    folder, name = posixpath.split(path)
    return posixpath.join(folder, f".{name}.siptls-{what}")


def state_file_beside(path: str) -> str:
    """The record of what a service loads, where the task does not say where it is kept: beside its first file."""
    return beside(path, "loaded")
