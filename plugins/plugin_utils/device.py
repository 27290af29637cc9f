# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device, seen through the connection that Ansible has to it: a POSIX shell, and nothing else taken for granted.

What runs on a device is a shell script from the folder ``shell`` beside this file. Its parameters and the contents of the
files it writes are assignments in front of it, and script and assignments travel on the shell's standard input wherever the
connection can carry that: no argument limits, nothing to clean up, and nothing for a process list to show.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ..module_utils.errors import SiptlsError

__all__ = ["Answer", "Device"]

_SCRIPTS = Path(__file__).parent / "shell"
_COMMON = "common.sh"
_SHELL = "/bin/sh"
_FAILED = "siptls: "
# A single argument may be 128 KiB on Linux; quoting for one or two more shells makes a script half as long again.
_LONGEST_COMMAND = 60_000


@dataclass(frozen=True)
class Answer:
    """What a script printed: fields, ``name value`` on a line, each with a body of lines that begin with a blank."""

    fields: tuple[tuple[str, str, str], ...]

    def value(self, name: str) -> str | None:
        """The value of the first field called ``name``, or None."""
        return next((value for found, value, _body in self.fields if found == name), None)

    def body(self, name: str) -> str | None:
        """The body of the first field called ``name``, or None where there is no such field."""
        return next((body for found, _value, body in self.fields if found == name), None)

    def each(self, name: str) -> Iterator[tuple[str, str]]:
        """Value and body of every field called ``name``."""
        return ((value, body) for found, value, body in self.fields if found == name)


class Device:
    """A device, through the connection of one task.

    :param action: the action plugin, for its connection and its privilege escalation
    :param name: what the inventory calls the device, for errors
    """

    def __init__(self, action: ActionBase, name: str) -> None:
        self._action = action
        self.name = name

    def run(self, script: str, parameters: Mapping[str, str], *, secret: bool = False, private: bool = False) -> Answer:
        """Runs a script of the folder ``shell`` to its end, in one round trip where the connection allows it.

        :param script: its name, such as ``certificate_look.sh``
        :param parameters: the variables that it reads; any text without NUL
        :param secret: whether a parameter must not be seen: then none is ever part of a command line
        :param private: whether the answer may hold what must not be seen, such as an operator's file: then no verbose output holds it
        :raises SiptlsError: the script failed; the text is what it said
        """
        with _unlogged(self._action) if secret or private else nullcontext():
            done = self._converse(script, parameters, secret=secret)
        if done["rc"] != 0:
            raise self._failure(script, done)
        return _parse(done["stdout"])

    def _converse(self, script: str, parameters: Mapping[str, str], *, secret: bool) -> dict[str, str]:
        environment = self._environment()
        program = environment + _program(script, parameters)
        if self._takes_standard_input():
            return self._execute(_SHELL, program.encode(errors="surrogateescape"))
        if not (secret or environment) and len(program) <= _LONGEST_COMMAND:
            return self._execute(program.rstrip())
        return self._run_from_file(program)

    @contextmanager
    def upload(self, source: Path) -> Iterator[str]:
        """A file of the controller on the device, in a folder that is removed afterwards.

        :returns: its path there
        """
        action = self._action
        folder = action._make_tmp_path()
        try:
            path = action._connection._shell.join_path(folder, "upload")
            action._connection.put_file(str(source), path)
            action._fixup_perms2((folder, path), execute=False)
            yield path
        finally:
            action._remove_tmp_path(folder)

    def _environment(self) -> str:
        """What the task says under ``environment``, as assignments: an appliance may keep openssl outside its PATH."""
        variables: dict[str, str] = {}
        self._action._compute_environment_string(variables)
        return "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in variables.items())

    def _takes_standard_input(self) -> bool:
        """Whether the connection passes on standard input; a password prompt of sudo or su may be in its way."""
        connection = self._action._connection
        if not connection.has_pipelining:
            return False
        become = connection.become
        return become is None or connection.is_pipelining_enabled() or not become.expect_prompt()

    def _run_from_file(self, program: str) -> dict[str, str]:
        action = self._action
        folder = action._make_tmp_path()
        try:
            path = action._connection._shell.join_path(folder, "script")
            action._transfer_data(path, program)
            action._fixup_perms2((folder, path), execute=False)
            return self._execute(f"{_SHELL} {shlex.quote(path)}")
        finally:
            action._remove_tmp_path(folder)

    def _execute(self, command: str, standard_input: bytes | None = None) -> dict[str, str]:
        return self._action._low_level_execute_command(
            command, in_data=standard_input, encoding_errors="surrogateescape"
        )

    def _failure(self, script: str, done: Mapping[str, object]) -> Exception:
        said = str(done["stderr"]).strip()
        lines = [line.removeprefix(_FAILED) for line in said.splitlines() if line.startswith(_FAILED)]
        if lines:
            return SiptlsError(" ".join(lines), where=self.name)
        if done["rc"] == 127 or not said:
            return SiptlsError(
                f"the device did not run {script} to its end",
                where=self.name,
                expected="a POSIX shell at /bin/sh, and permission to use it",
                found=f"exit status {done['rc']}" + (f", {said}" if said else ""),
            )
        return (
            AnsibleConnectionFailure(f"{self.name}: {said}")
            if done["rc"] == 255
            else SiptlsError(f"{script} failed with exit status {done['rc']}", where=self.name, found=said)
        )


@contextmanager
def _unlogged(action: ActionBase) -> Iterator[None]:
    """No connection plugin writes what the device says to its verbose output, as ssh does with -vvv otherwise."""
    contexts = [each for one in (action, action._connection) if (each := getattr(one, "_play_context", None))]
    before = [each.no_log for each in contexts]
    for each in contexts:
        each.no_log = True
    try:
        yield
    finally:
        for each, was in zip(contexts, before, strict=True):
            each.no_log = was


def _program(script: str, parameters: Mapping[str, str]) -> str:
    """The whole program: assignments, what all scripts share, the script, and a call of its function main.

    The shell reads all of it before main runs, so no command in it can swallow the rest from standard input.
    """
    assignments = "".join(f"{name}={shlex.quote(value)}\n" for name, value in parameters.items())
    shared, own = ((_SCRIPTS / name).read_text() for name in (_COMMON, script))
    return f"{assignments}{_bare(shared)}{_bare(own)}main </dev/null\n"


def _bare(script: str) -> str:
    """``script`` without comment lines and indentation: a third less to send."""
    lines = (line.strip() for line in script.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))


def _parse(output: str) -> Answer:
    """The fields of a script's output. Lines before ``siptls begin`` are a login's chatter and left out.

    Where a terminal stood in between, it ended every line with a carriage return of its own, the first line too.
    """
    _chatter, begin, rest = output.partition("siptls begin")
    terminal = "\r\n" if rest.startswith("\r\n") else "\n"
    fields: list[tuple[str, str, list[str]]] = []
    for line in rest.split(terminal) if begin else ():
        if line.startswith(" "):
            if fields:
                fields[-1][2].append(line[1:])
        elif line:
            name, _blank, value = line.partition(" ")
            fields.append((name, value, []))
    return Answer(tuple((name, value, "".join(f"{line}\n" for line in body)) for name, value, body in fields))
