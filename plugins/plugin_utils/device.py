# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device, seen through the connection that Ansible has to it: a POSIX shell, and nothing else taken for granted.

What runs on a device is a shell script from the folder ``shell`` beside this file. Its parameters and the contents of the
files it writes are assignments in front of it, and script and assignments travel on the shell's standard input wherever the
connection can carry that: no argument limits, nothing to clean up, and nothing for a process list to show.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ..module_utils import text
from ..module_utils.errors import SiptlsError
from .answer import BEGIN, Answer, parse_answer
from .limits import OUTPUT_VARIABLE, TIME_VARIABLE, LimitError, Limits, bounded

__all__ = ["Call", "Device"]

_SCRIPTS = Path(__file__).parent / "shell"
_COMMON = "common.sh"
#: What some scripts share besides, by their names.
_PARTS = {
    **dict.fromkeys(("crl_look.sh", "peers_look.sh", "tls_talk.sh", "verification_look.sh"), ("tell.sh",)),
    "diagnosis_look.sh": ("tell.sh", "packet_filter.sh"),
    "packet_filter_look.sh": ("packet_filter.sh",),
    **dict.fromkeys(("files_publish.sh", "files_settle.sh"), ("files_keep.sh",)),
}
_SHELL = "/bin/sh"
_FAILED = "siptls: "
#: What a script that is one of several says at its end: its exit status, and before that what die was told
_STATUS, _REFUSAL = "status", "refusal"
# A single argument may be 128 KiB on Linux; quoting for one or two more shells makes a script half as long again.
_LONGEST_COMMAND = 60_000
_SECONDS = 120
_OCTETS = 8 * 1024 * 1024
_MOST_SECONDS = 86_400
_MOST_OCTETS = 1024 * 1024 * 1024
# What a device takes longer than the controller waits for it: then its own end comes first.
_SECONDS_AFTER = 30
_SECONDS_TO_REMOVE = 15
_SLOWEST_TRANSFER = 20_000  # bytes a second
_LONGEST_QUOTE = 2_000


@dataclass(frozen=True)
class Call:
    """A script of the folder ``shell``, and the variables that it reads."""

    script: str
    parameters: Mapping[str, str]


class Device:
    """A device, through the connection of one task.

    :param action: the action plugin, for its connection and its privilege escalation
    :param name: what the inventory calls the device, for errors
    """

    def __init__(self, action: ActionBase, name: str) -> None:
        self._action = action
        self.name = name
        self._lost: LimitError | None = None

    def run(
        self,
        script: str,
        parameters: Mapping[str, str],
        *,
        secret: bool = False,
        private: bool = False,
        seconds: float = 0,
        octets: int = 0,
    ) -> Answer:
        """Runs a script of the folder ``shell`` to its end, in one round trip where the connection allows it.

        :param script: its name, such as ``certificate_look.sh``
        :param parameters: the variables that it reads; any text without NUL
        :param secret: whether a parameter must not be seen: then none is ever part of a command line
        :param private: whether the answer may hold what must not be seen, such as an operator's file: then no verbose output holds it
        :param seconds: what it waits for by what it was told, beyond the time limit of a conversation
        :param octets: what it prints by what it was told, beyond the output limit of a conversation
        :raises SiptlsError: the script failed or did not come to its end; the text is what it said.
        :raises LimitError: it took too long or said too much; the device is asked nothing more then
        """
        limits = self._limits(seconds, octets)
        token = secrets.token_hex(8)
        with _unlogged(self._action) if secret or private else nullcontext():
            done = self._converse(script, parameters, token, limits, secret=secret)
        if len(done["stdout"]) + len(done["stderr"]) > limits.octets:
            self._lost = limits.too_long(self.name, script)
            raise self._lost
        if done["rc"] != 0:
            raise self._failure(script, done)
        answer = parse_answer(done["stdout"], token, self.name)
        if answer is None:
            raise self._unfinished(script, done)
        return answer

    def run_each(self, calls: Sequence[Call], *, private: bool = False) -> list[Answer | SiptlsError]:
        """Runs several scripts in one round trip, each to its end whatever becomes of those before it.

        :param calls: scripts that change nothing, and that know nothing of each other
        :param private: as for :meth:`run`
        :returns: for each of them its answer, or the error that :meth:`run` would have raised for it alone
        :raises SiptlsError: the device runs no script at all
        :raises LimitError: as for :meth:`run`
        """
        limits = self._limits(0, 0)
        token = secrets.token_hex(8)
        what = ", ".join(call.script for call in calls)
        with _unlogged(self._action) if private else nullcontext():
            program = _program_of_several(calls, token, round(limits.seconds) + _SECONDS_AFTER)
            done = self._send(program, limits, what, secret=False)
        if len(done["stdout"]) + len(done["stderr"]) > limits.octets:
            self._lost = limits.too_long(self.name, what)
            raise self._lost
        if done["rc"] != 0:
            raise self._failure(what, done)
        if parse_answer(done["stdout"], token, self.name) is None:
            raise self._unfinished(what, done)
        return [self._part(call, done, _token_of(number, token)) for number, call in enumerate(calls, 1)]

    def _part(self, call: Call, done: Mapping[str, Any], token: str) -> Answer | SiptlsError:
        answer = parse_answer(done["stdout"], token, self.name)
        status = answer.value(_STATUS) if answer else None
        if answer is None or status is None:
            return self._unfinished(call.script, done)
        if status == "0":
            return answer
        refusal = answer.value(_REFUSAL)
        if refusal is not None:
            return SiptlsError(refusal[:_LONGEST_QUOTE], where=self.name)
        said = str(done["stderr"]).strip() or "no word of it"
        return SiptlsError(f"{call.script} failed with exit status {status}", where=self.name, found=said)

    def _converse(
        self, script: str, parameters: Mapping[str, str], token: str, limits: Limits, *, secret: bool
    ) -> dict[str, Any]:
        program = _program(script, parameters, token, round(limits.seconds) + _SECONDS_AFTER)
        return self._send(program, limits, script, secret=secret)

    def _send(self, program: str, limits: Limits, script: str, *, secret: bool) -> dict[str, Any]:
        environment = self._environment()
        program = environment + program
        if self._takes_standard_input():
            with self._bounded(limits, script):
                return self._execute(_SHELL, program.encode(errors="surrogateescape"))
        if not (secret or environment) and len(program) <= _LONGEST_COMMAND:
            with self._bounded(limits, script):
                return self._execute(program.rstrip())
        # The folder goes whatever becomes of the script, and in a time of its own.
        with self._folder() as folder, self._bounded(limits, script):
            path = self._action._connection._shell.join_path(folder, "script")
            self._action._transfer_data(path, program)
            self._action._fixup_perms2((folder, path), execute=False)
            return self._execute(f"{_SHELL} {shlex.quote(path)}")

    @contextmanager
    def upload(self, source: Path) -> Iterator[str]:
        """A file of the controller on the device, in a folder that is removed afterwards.

        :returns: its path there
        """
        action = self._action
        with self._folder() as folder:
            path = action._connection._shell.join_path(folder, "upload")
            with self._bounded(self._limits(source.stat().st_size / _SLOWEST_TRANSFER, 0), "the transfer of a file"):
                action._connection.put_file(str(source), path)
                action._fixup_perms2((folder, path), execute=False)
            yield path

    @contextmanager
    def _folder(self) -> Iterator[str]:
        """A folder on the device that only its user can enter. It may hold secrets, so it is removed, kept remote files or not."""
        action = self._action
        with self._bounded(self._limits(0, 0), "the making of a temporary folder"):
            folder = str(action._make_tmp_path())
        try:
            yield folder
        finally:
            limits = Limits(_SECONDS_TO_REMOVE, _OCTETS)
            try:
                with bounded(limits, where=self.name, what="the removal of a temporary folder"):
                    action._remove_tmp_path(folder, force=True)
            except LimitError:
                if self._lost is None:
                    raise

    @contextmanager
    def _bounded(self, limits: Limits, what: str) -> Iterator[None]:
        """Bounds the body, and remembers that a limit was reached: who hangs once is not waited for again by the same task."""
        if self._lost:
            raise self._lost
        try:
            with bounded(limits, where=self.name, what=what):
                yield
        except LimitError as error:
            self._lost = error
            raise

    def _limits(self, seconds: float, octets: int) -> Limits:
        return Limits(
            self._variable(TIME_VARIABLE, _SECONDS, _MOST_SECONDS) + seconds,
            self._variable(OUTPUT_VARIABLE, _OCTETS, _MOST_OCTETS) + octets,
        )

    def _variable(self, name: str, default: int, maximum: int) -> int:
        variables: Mapping[str, Any] = getattr(self._action, "variables", {})
        if name not in variables:
            return default
        value = self._action._templar.template(variables[name])
        found = text.number(str(value), maximum)
        if not found:
            raise SiptlsError(
                f"{name} is no limit", where=self.name, expected=f"a number from 1 to {maximum}", found=repr(value)
            )
        return found

    def _environment(self) -> str:
        """What the task says under ``environment``, as assignments: an appliance may keep openssl outside its PATH."""
        variables: dict[str, str] = {}
        self._action._compute_environment_string(variables)
        return "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in variables.items())

    def _takes_standard_input(self) -> bool:
        """Whether the script can travel on standard input.

        Not where a terminal is asked for, which never ends it. Where privileges are escalated, ansible-core's own rule: with pipelining
        off there is a terminal, which sudo may demand (requiretty), and what there is to run comes by other ways.
        """
        connection = self._action._connection
        if not connection.has_pipelining:
            return False
        if connection.become is None:
            asks_for_terminal = getattr(connection, "_is_tty_requested", None)
            return not (asks_for_terminal and asks_for_terminal())
        return bool(connection.is_pipelining_enabled())

    def _execute(self, command: str, standard_input: bytes | None = None) -> dict[str, Any]:
        """Exit status ``rc``, and the texts ``stdout`` and ``stderr``."""
        done: dict[str, Any] = self._action._low_level_execute_command(
            command, in_data=standard_input, encoding_errors="surrogateescape"
        )
        return done

    def _failure(self, script: str, done: Mapping[str, Any]) -> Exception:
        # On a terminal both are one.
        said = str(done["stderr"]).strip() or str(done["stdout"]).strip()
        lines = [
            line.removeprefix(_FAILED)
            for line in f"{done['stdout']}\n{done['stderr']}".splitlines()
            if line.startswith(_FAILED)
        ]
        if lines:
            return SiptlsError(" ".join(lines)[:_LONGEST_QUOTE], where=self.name)
        if done["rc"] == 127 or not said:
            return self._unfinished(script, done)
        if done["rc"] == 255:
            quoted = text.printable(said, lines=True, longest=_LONGEST_QUOTE)
            failure: Exception = AnsibleConnectionFailure(f"{self.name}: {quoted}")
            return failure
        return SiptlsError(f"{script} failed with exit status {done['rc']}", where=self.name, found=said)

    def _unfinished(self, script: str, done: Mapping[str, Any]) -> SiptlsError:
        """The error for a shell that ran something else than the script, or not all of it."""
        lines = f"{done['stderr']}\n{done['stdout']}".splitlines()
        said = next((line.strip() for line in lines if line.strip() and not line.startswith(BEGIN)), "")
        return SiptlsError(
            f"the device did not run {script} to its end",
            where=self.name,
            expected="a POSIX shell at /bin/sh, and permission to use it",
            found=f"exit status {done['rc']}" + (f", {said}" if said else ""),
            remedy="log in as this user and run /bin/sh by hand: a restricted shell or a login script may answer in its place",
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


def _program(script: str, parameters: Mapping[str, str], token: str, seconds: int) -> str:
    """The whole program: assignments, what all scripts share, the script, and a call of its function main between two marks.

    The shell reads all of it before main runs, for the last line is one; so no command in it can swallow the rest from standard input.

    :param token: what nobody else knows, so that no text on the device is a mark by accident
    :param seconds: after which the device ends the script by itself
    """
    assignments = _assigned({**parameters, "siptls_token": token, "siptls_seconds": str(seconds)})
    # Not "main </dev/null": what a redirection of a function replaces stays open, in every process that main leaves behind as well
    return f"{assignments}{_text(_COMMON)}{_texts(script)}exec </dev/null; begin; main; finish\n"


def _program_of_several(calls: Sequence[Call], token: str, seconds: int) -> str:
    """The same for several scripts, each a function with a process of its own: no name and no failure of one is another's.

    :param token: of the whole; each script's answer stands between marks of its own within
    """
    assignments = f"siptls_token={token}\nsiptls_seconds={seconds}\n"
    parts = "".join(
        f"part_{number}() (\n{_assigned(call.parameters)}{_texts(call.script)}main\n)\n"
        for number, call in enumerate(calls, 1)
    )
    steps = "".join(f"part part_{number} {_token_of(number, token)}; " for number in range(1, len(calls) + 1))
    return f"{assignments}{_text(_COMMON)}{parts}exec </dev/null; begin; {steps}finish\n"


def _token_of(number: int, token: str) -> str:
    return f"{number}-{token}"


def _assigned(parameters: Mapping[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in parameters.items())


def _texts(script: str) -> str:
    return "".join(_text(name) for name in (*_PARTS.get(script, ()), script))


def _text(name: str) -> str:
    return _bare((_SCRIPTS / name).read_text())


def _bare(script: str) -> str:
    """``script`` without comment lines and indentation: a third less to send."""
    lines = (line.strip() for line in script.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))
