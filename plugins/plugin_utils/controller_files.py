# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller that a task reads and writes: the document about a fleet, and what is made of it."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..module_utils.errors import SiptlsError
from ..module_utils.file_errors import file_error
from ..module_utils.files import PUBLIC, NewFile, replace_file
from ..module_utils.json_text import plain_value, read_json
from .operation import Operation

__all__ = ["given_document", "look", "not_possible", "publish", "reason"]


def given_document(operation: Operation, given: Any) -> tuple[Any, str]:
    """What the document about a fleet holds that a task names, and where it is from.

    :param given: the document itself, or the path of its file; a relative one begins at the folder of the playbook
    :raises SiptlsError: there is no such file, or it is no JSON
    """
    if isinstance(given, Mapping):
        return plain_value(given), "document"
    if not isinstance(given, str) or not given:
        raise SiptlsError("this is no document", where="document", expected="the path of a file, or what is in one")
    path = operation.controller_path(given)
    try:
        return read_json(path.read_text(encoding="utf-8")), str(path)
    except OSError as error:
        raise SiptlsError(
            "the fleet document cannot be read",
            where=str(path),
            found=error.strerror or str(error),
            remedy="run siptls.vos.verify or siptls.vos.report, which write one",
        ) from None
    except (ValueError, RecursionError) as error:
        raise SiptlsError("this is no JSON", where=str(path), expected="a fleet document", found=str(error)) from None


def look(path: Path) -> bytes | None:
    """What the file holds; None where there is none.

    :raises SiptlsError: it cannot be read
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise not_possible(path, "read", error) from None


def reason(path: Path, before: bytes | None, content: bytes) -> str:
    """Why the file is to be written; empty where it is as it is to be.

    :param before: what it holds, as :func:`look` says
    """
    if before is None:
        return "there is no such file"
    if before != content:
        return "the document says something else"
    mode = stat.S_IMODE(path.stat().st_mode)
    return "" if mode == PUBLIC else f"its mode is {mode:04o}, and is to be {PUBLIC:04o}"


def publish(path: Path, content: bytes) -> None:
    """Puts the content in the place of what the file held, whoever that belonged to; a link is replaced, not followed.

    :raises SiptlsError: it cannot be written
    """
    replace_file(path, NewFile(content))


def not_possible(path: Path, what: str, error: OSError) -> SiptlsError:
    """The error for a file that cannot be read or written."""
    return file_error(path, error, what=what)
