# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to this machine as a device that lies: it alters what the device answers, as the variable ansible_lie of the host says."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Callable

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = r"""
name: lying
short_description: A device of the tests that lies
description: Runs commands here, and alters what they answer.
author: siptls.vos contributors (@siptls)
version_added: 0.4.0
options:
  become_success_timeout:
    description: As of the connection local.
    type: int
    default: 10
  become_strip_preamble:
    description: As of the connection local.
    type: bool
    default: true
  lie:
    description: The lie, and what it needs, as JSON.
    default: "{}"
    vars:
      - name: ansible_lie
  tty:
    description:
      - As over ssh. With V(auto), commands without standard input get a terminal. With V(forced), as by -tt in the arguments of ssh,
        all of them, and those with standard input wait for its end for ever.
    choices: [none, auto, forced]
    default: none
    vars:
      - name: ansible_lie_tty
extends_documentation_fragment:
  - connection_pipelining
"""

Answer = tuple[int, bytes, bytes]
_END = re.compile(rb"\nsiptls end [0-9a-f]+\n")


def _field(out: bytes, names: str, value: bytes) -> bytes:
    """``out`` with this value in each field of these names."""
    return re.sub(rb"(?m)^(" + names.encode() + rb") .*$", lambda found: found[1] + b" " + value, out)


def _bodies(out: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """``out`` with each line of a body changed."""
    return re.sub(rb"(?m)^ (.*)$", lambda found: b" " + change(found[1]), out)


_CLOCKS = "clock|began|ended|started|connected|answered|finished"
_GBK = "磁盘已满".encode("gbk")
_WILD = (
    b"\x1b]0;owned\x07\x1b[2J" + "\u202egnp.exe\u2066\u200b".encode() + b"\xff\x00 {{ lookup('pipe', 'touch marker') }}"
)


def _wild(out: bytes) -> bytes:
    """``out`` with our worst text in every field and body."""
    return _bodies(re.sub(rb"(?m)^([a-z_]+) .*$", lambda found: found[1] + b" " + _WILD, out), lambda _line: _WILD)


_ALTERS: dict[str, Callable[[bytes, bytes], Answer]] = {
    "login shell": lambda _out, _err: (0, b"This account is not available.\r\n", b""),
    "nothing": lambda _out, _err: (0, b"", b""),
    "cut": lambda out, err: (0, out[: len(out) // 2], err),
    "no end": lambda out, err: (0, _END.sub(b"\n", out), err),
    "marks of another run": lambda out, err: (0, re.sub(rb"siptls (begin|end) [0-9a-f]+", rb"siptls \1 0011223344556677", out), err),
    "template": lambda _out, _err: (1, b"", b"siptls: {{ lookup('pipe', 'touch marker') }}\n"),
    "gbk": lambda _out, _err: (1, b"", b"siptls: " + _GBK + b"\n"),
    "escapes": lambda _out, _err: (1, b"", b"siptls: " + _WILD + b"\n"),
    "noise": lambda _out, _err: (2, b"", _WILD * 1_000),
    "wild fields": lambda out, err: (0, _wild(out), err),
    "long clock": lambda out, err: (0, _field(out, _CLOCKS, b"9" * 400), err),
    "clock with a unit": lambda out, err: (0, _field(out, _CLOCKS, b"5s"), err),
    "no clock": lambda out, err: (0, _field(out, _CLOCKS, b""), err),
    "no base64": lambda out, err: (0, _bodies(out, lambda line: b"%" + line), err),
    "crlf": lambda out, err: (0, out.replace(b"\n", b"\r\n"), err),
}  # fmt: skip


class Connection(Local):  # type: ignore[misc]  # ansible-core ships no type information
    """See above."""

    transport = "lying"

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> Answer:
        tty = self.get_option("tty")
        if sudoable and (tty == "forced" or (tty == "auto" and not in_data)):
            return self._on_terminal(cmd, in_data)
        lie = json.loads(self.get_option("lie") or "{}")
        only = lie.get("only")
        if not lie or not in_data or (only and only.encode() not in in_data):
            done: Answer = super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
            return done
        kind = lie["kind"]
        if kind == "endless":
            return super().exec_command("yes 141421356237", in_data=None, sudoable=False)
        if kind == "silent":
            return super().exec_command("sleep 1732.05", in_data=None, sudoable=False)
        if kind == "banner":
            raise AnsibleConnectionFailure(f"Data could not be sent: {_WILD.decode(errors='surrogateescape')}")
        if kind == "exit 255":
            return 255, b"", _WILD
        _rc, out, err = super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return _ALTERS[kind](out, err)

    def _is_tty_requested(self) -> bool:
        return bool(self.get_option("tty") == "forced")

    def is_pipelining_enabled(self, wrap_async: bool = False) -> bool:
        return not self._is_tty_requested() and bool(super().is_pipelining_enabled(wrap_async))

    def _on_terminal(self, cmd: str, in_data: bytes | None) -> Answer:
        """Output and errors as one, lines that end with CR LF; what is sent to it is echoed, and never comes to an end."""
        primary, secondary = pty.openpty()
        with subprocess.Popen(
            cmd,
            shell=True,
            executable="/bin/sh",
            stdin=secondary,
            stdout=secondary,
            stderr=secondary,
            start_new_session=False,
        ) as process:
            os.close(secondary)
            if in_data:
                os.write(primary, in_data[:1000])
            out = b""
            while True:
                try:
                    part = os.read(primary, 65536)
                except OSError:
                    break
                out += part
            os.close(primary)
            return process.wait(), out, b""


__all__ = ["Connection"]
