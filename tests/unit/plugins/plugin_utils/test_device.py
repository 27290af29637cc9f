# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device answers, however it gets here; and the scripts that go there, run by the shell of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.plugin_utils.answer import Answer, parse_answer
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Device, _program
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
# A line as a program on a device prints it: no newline; a carriage return at its end would be the terminal's.
LINES = st.text(st.characters(exclude_characters="\n\0", exclude_categories=()), max_size=30)
VALUES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=30)
FIELDS = st.lists(st.tuples(NAMES, VALUES, st.lists(LINES, max_size=5)), max_size=6)
CHATTER = st.text(max_size=80).filter(lambda text: "siptls begin" not in text + "siptls begi")
TOKEN = "00c0ffee00c0ffee"
LAST = "exec </dev/null; begin; main; finish\n"


def printed(fields: list[tuple[str, str, list[str]]], end: str = "\n") -> str:
    lines = [f"siptls begin {TOKEN}"]
    for name, value, body in fields:
        lines += [f"{name} {value}", *(f" {line}" for line in body), ""]
    return end.join([*lines, "", f"siptls end {TOKEN}"]) + end


def read(output: str) -> Answer:
    answer = parse_answer(output, TOKEN)
    assert answer is not None
    return answer


@given(FIELDS)
def test_an_answer_is_read_as_it_was_given(fields) -> None:
    found = read(printed(fields)).fields
    assert found == tuple((name, value, "".join(f"{line}\n" for line in body)) for name, value, body in fields)


@given(FIELDS, CHATTER)
def test_a_logins_chatter_and_a_terminals_carriage_returns_are_no_part_of_the_answer(fields, chatter) -> None:
    plain = read(printed(fields))
    assert read(chatter + printed(fields)) == plain
    # A line that itself holds CR LF cannot be told from two lines once a terminal has been at it: PEM has none.
    if not any("\r" in line for _name, _value, body in fields for line in body):
        assert read(chatter.replace("\n", "\r\n") + printed(fields, "\r\n")) == plain


@given(st.text())
def test_output_without_both_marks_is_no_answer(output: str) -> None:
    assert parse_answer(output, TOKEN) is None
    assert parse_answer(f"siptls begin {TOKEN}\n{output}", TOKEN) is None
    assert parse_answer(f"{output}\nsiptls end {TOKEN}\n", TOKEN) is None
    assert parse_answer(f"siptls begin 1\n{output}\nsiptls end 1\n", TOKEN) is None, "of another run"
    assert parse_answer(f"siptls begin {TOKEN}\n{output}\nsiptls end {TOKEN}\n", TOKEN) is not None


def test_values_and_bodies_are_found_by_name() -> None:
    answer = read(printed([("a", "1", ["x", " y"]), ("a", "2", []), ("b", "", []), ("c", "3", [])]))
    assert (answer.value("a"), answer.body("a")) == ("1", "x\n y\n")
    assert list(answer.each("a")) == [("1", "x\n y\n"), ("2", "")]
    assert (answer.value("b"), answer.body("b")) == ("", "")
    assert (answer.value("z"), answer.body("z")) == (None, None)


def test_complaints_that_a_terminal_mixed_in_are_no_field_and_end_no_body() -> None:
    text = f"siptls begin {TOKEN}\r\na 1\r\n x\r\nsh: 1: what?\r\n y\r\n\r\nsiptls end {TOKEN}\r\n"
    assert read(text).fields == (("a", "1", "x\ny\n"),)


@pytest.mark.parametrize(
    ("value", "number"),
    [("7", 7), ("007", 7), (" 7 ", 7), ("100", 100), ("", None), ("101", "error"), ("9" * 400, "error"), ("7s", "error"),
     ("-7", "error"), ("0x7", "error"), ("\u0667", "error"), ("\xb2", "error"), ("1e2", "error")],
)  # fmt: skip
def test_a_number_is_one_within_its_bounds_or_an_error_that_names_it(value: str, number: int | str | None) -> None:
    answer = Answer((("clock", value, ""),), "gw1")
    if number == "error":
        with pytest.raises(
            SiptlsError, match=r"gw1: the device's answer cannot be read: clock.*a number from 0 to 100"
        ):
            answer.number("clock", 100)
    else:
        assert answer.number("clock", 100) == number


@pytest.mark.parametrize("body", ["!!!!", "QUJ", "QUJDRA", "\u0100QUJD", "QUJD====QUJD"])
def test_what_is_no_base64_is_an_error_and_not_something_else(body: str) -> None:
    with pytest.raises(SiptlsError, match=r"cannot be read: out.*Base64"):
        Answer((("out", "", body),), "gw1").octets("out")
    assert Answer((("out", "", "QUJD\nRA==\n"),)).octets("out") == b"ABCD"


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


@given(st.dictionaries(st.sampled_from(["one", "two", "three"]), TEXTS))
def test_any_text_reaches_a_script_as_it_is_and_runs_nothing(parameters) -> None:
    """Quotes, newlines, dollar signs, backticks: a parameter is data, whatever is in it."""
    shows = "main() {\n:\n" + "".join(f'printf "%s\\0" "${name}"\n' for name in parameters) + "}\n"
    program = _program("common.sh", parameters, TOKEN, 60).removesuffix(LAST) + shows + "exec </dev/null; main\n"
    done = subprocess.run(["/bin/sh"], input=program.encode(), capture_output=True, check=True, timeout=20)
    assert done.stdout == b"".join(value.encode() + b"\0" for value in parameters.values())
    assert done.stderr == b""


class Connection:
    """Stands for a connection plugin, of which Device asks whether it can pass on standard input, and whether it may."""

    def __init__(self, *, pipelining: bool, become: bool = False, enabled: bool = False, tty: bool = False) -> None:
        self.has_pipelining = pipelining
        self.become = SimpleNamespace() if become else None
        self.enabled = enabled
        self.tty = tty
        self._shell = SimpleNamespace(join_path=lambda *parts: "/".join(parts))

    def is_pipelining_enabled(self) -> bool:
        return self.enabled

    def _is_tty_requested(self) -> bool:
        return self.tty


class Action:
    """Stands for the action plugin's side of the connection, and remembers what went which way."""

    def __init__(self, connection: Connection, environment: dict[str, str] | None = None, **answer: object) -> None:
        self._connection = connection
        self.environment = environment or {}
        self.answer = {"rc": 0, "stdout": None, "stderr": "", **answer}
        self.sent = ""
        self.log: list[tuple[str, str, bool]] = []

    def _low_level_execute_command(self, command, in_data=None, encoding_errors="strict"):
        self.log.append(("run", command, in_data is not None))
        program = in_data.decode() if in_data else self.sent or command
        token = re.search("siptls_token=([0-9a-f]+)", program)
        assert token
        marked = f"siptls begin {token[1]}\nok 1\n\nsiptls end {token[1]}\n"
        return self.answer if self.answer["stdout"] is not None else {**self.answer, "stdout": marked}

    def _compute_environment_string(self, variables: dict[str, str]) -> None:
        variables.update(self.environment)

    def _make_tmp_path(self) -> str:
        return "/tmp/x"

    def _transfer_data(self, path: str, data: str) -> None:
        self.log.append(("put", path, True))
        self.sent = data

    def _fixup_perms2(self, paths, execute: bool) -> None:
        self.log.append(("chmod", " ".join(paths), execute))

    def _remove_tmp_path(self, path: str, force: bool = False) -> None:
        assert force, "whatever ANSIBLE_KEEP_REMOTE_FILES says"
        self.log.append(("rm", path, True))


@pytest.mark.parametrize(
    ("connection", "size", "secret", "way"),
    [
        (Connection(pipelining=True), 10, False, "stdin"),
        (Connection(pipelining=True), 200_000, True, "stdin"),
        (Connection(pipelining=True, tty=True), 10, False, "argument"),
        (Connection(pipelining=True, tty=True), 10, True, "file"),
        (Connection(pipelining=True, become=True), 10, False, "argument"),
        (Connection(pipelining=True, become=True), 10, True, "file"),
        (Connection(pipelining=True, become=True, enabled=True), 10, True, "stdin"),
        (Connection(pipelining=False), 10, False, "argument"),
        (Connection(pipelining=False), 200_000, False, "file"),
        (Connection(pipelining=False), 10, True, "file"),
    ],
)
def test_a_script_travels_by_standard_input_where_it_can_and_no_secret_is_ever_an_argument(
    connection, size, secret, way
):
    action = Action(connection)
    marker = "parameter" * (size // 9 + 1)
    Device(action, "gw1").run("certificate_look.sh", {"directory": marker}, secret=secret)
    runs = [(command, has_input) for what, command, has_input in action.log if what == "run"]
    assert len(runs) == 1
    command, has_input = runs[0]
    assert has_input == (way == "stdin")
    assert (marker in command) == (way == "argument")
    assert [what for what, *_rest in action.log if what != "run"] == (["put", "chmod", "rm"] if way == "file" else [])


def test_the_environment_of_a_task_reaches_the_script_and_no_command_line() -> None:
    action = Action(Connection(pipelining=False), {"PATH": "/opt/bin:/bin", "TOKEN": "it's secret"})
    Device(action, "gw1").run("certificate_look.sh", {"directory": "/etc"})
    assert [what for what, *_rest in action.log] == ["put", "chmod", "run", "rm"]
    assert not any("secret" in text for _what, text, _flag in action.log)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"rc": 1, "stderr": "Warning: x\nsiptls: the disk is full\n"}, "gw1: the disk is full."),
        (
            {"rc": 127, "stderr": "sh: not found"},
            "gw1: the device did not run certificate_look.sh to its end.*POSIX shell.*127",
        ),
        ({"rc": 137, "stderr": ""}, "did not run certificate_look.sh to its end.*137"),
        ({"rc": 1, "stdout": "login\r\nsiptls: the disk is full\r\n"}, "gw1: the disk is full."),
        (
            {"rc": 0, "stdout": "\n This account is not available.\n"},
            "did not run certificate_look.sh to its end.*exit status 0, This account is not available",
        ),
        (
            {"rc": 0, "stdout": "x" * 9_000_000},
            "the output of certificate_look.sh is too long.*siptls_device_output_limit",
        ),
        (
            {"rc": 2, "stderr": "sh: syntax error"},
            "certificate_look.sh failed with exit status 2. Found: sh: syntax error",
        ),
    ],
)
def test_a_script_that_fails_says_where_and_why(answer: dict[str, object], words: str) -> None:
    action = Action(Connection(pipelining=True), **{"stdout": "", **answer})
    with pytest.raises(SiptlsError, match=words):
        Device(action, "gw1").run("certificate_look.sh", {})


SHELLS = [[*command] for command in (["dash"], ["bash", "--posix"], ["busybox", "ash"]) if shutil.which(command[0])]


def is_running(mark: str) -> bool:
    """Whether a process has this as one of its arguments."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if mark.encode() in path.read_bytes().split(b"\0"):
                return True
    return False


def is_gone(mark: str) -> bool:
    give_up = time.monotonic() + 10
    while is_running(mark) and time.monotonic() < give_up:
        time.sleep(0.05)
    return not is_running(mark)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_script_that_hangs_is_ended_on_the_device_with_all_that_it_started(shell: list[str]) -> None:
    """The controller has stopped waiting by then, and each night would leave another one."""
    program = _program("command.sh", {"command": "sleep 2236.06 | cat; :"}, TOKEN, 1)
    done = subprocess.run(shell, input=program.encode(), capture_output=True, check=False, timeout=20)
    assert done.returncode != 0
    assert is_gone("2236.06")


def is_left(session: int) -> bool:
    """Whether a process of this session still runs, waited for."""
    for _try in range(300):
        running = [path for path in Path("/proc").glob("[0-9]*/stat") if _session(path) == session]
        if not running:
            return False
        time.sleep(0.05)
    return True


def _session(path: Path) -> int:
    """The session of a process that runs; 0 for one that has ended (proc(5))."""
    try:
        words = path.read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0
    return 0 if words[0] in (b"Z", b"X") else int(words[3])


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("command", ["echo done", "exit 3"])
def test_a_script_that_ends_leaves_no_watcher_behind(shell: list[str], command: str) -> None:
    program = _program("command.sh", {"command": command}, TOKEN, 2449)
    with subprocess.Popen(
        shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        output, complaints = running.communicate(program.encode(), timeout=20)
    assert running.returncode == 0
    assert read(output.decode()).value("said") is not None
    assert complaints == b""
    assert not is_left(running.pid)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_what_a_script_leaves_behind_holds_nothing_of_its_terminal(shell: list[str]) -> None:
    """sudo, which may give the command a terminal of its own, waits as long as anybody has that open."""
    stays = "main() { (exec </dev/null >/dev/null 2>&1; trap : TERM; sleep 5; :) & }\n"
    program = _program("common.sh", {}, TOKEN, 60).removesuffix(LAST) + stays + LAST
    here, there = os.openpty()
    with subprocess.Popen([*shell, "-c", program], stdin=there, stdout=there, stderr=there) as run:
        os.close(there)
        assert run.wait(timeout=10) == 0
        begin = time.monotonic()
        # EIO: nobody has the other end any more
        with suppress(OSError):
            while os.read(here, 4096):
                pass
        assert time.monotonic() - begin < 3
    os.close(here)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_script_that_nobody_listens_to_any_more_leaves_no_watcher_behind(shell: list[str]) -> None:
    """A controller that was killed reads no end mark."""
    program = _program("command.sh", {"command": "echo done"}, TOKEN, 2449)
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [*shell, "-c", program], stdout=writing, stderr=subprocess.DEVNULL, start_new_session=True
    ) as running:
        os.close(writing)
        running.wait(20)
    assert not is_left(running.pid)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_an_openssl_without_end_fills_no_variable_of_the_shell(shell: list[str], tmp_path: Path) -> None:
    """As in the heads of all looks: what is called openssl prints for ever."""
    (tmp_path / "openssl").write_text('#!/bin/sh\nexec yes "OpenSSL 2645.75"\n')
    (tmp_path / "openssl").chmod(0o755)
    (tmp_path / "key").write_text("key\n")
    parameters = {"certificate": "", "private_key": f"{tmp_path}/key", "trust_bundle": "", "crl": "", "numeric": ""}
    more = {"connections_command": "", "cpuinfo": "/nonexistent", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    program = _program("verification_look.sh", parameters | more, TOKEN, 60)
    done = subprocess.run(shell, input=program.encode(), capture_output=True, check=True, timeout=20)
    answer = read(done.stdout.decode())
    assert answer.value("openssl") == "OpenSSL 2645.75"
    assert len(answer.body("public_key") or "") < 100_000
    assert is_gone("OpenSSL 2645.75")


def test_a_secret_on_a_device_that_hangs_is_removed_all_the_same() -> None:
    class Hanging(Action):
        variables: ClassVar[dict[str, object]] = {"siptls_device_time_limit": 1}
        _templar = SimpleNamespace(template=lambda value: value)

        def _low_level_execute_command(self, command, in_data=None, encoding_errors="strict"):
            time.sleep(30)

        def _remove_tmp_path(self, path: str, force: bool = False) -> None:
            time.sleep(0.5)
            super()._remove_tmp_path(path, force)

    action = Hanging(Connection(pipelining=False))
    device = Device(action, "gw1")
    began = time.monotonic()
    for _each in range(2):
        with pytest.raises(SiptlsError, match="did not finish certificate_look.sh in time"):
            device.run("certificate_look.sh", {}, secret=True)
    assert time.monotonic() - began < 10
    assert [what for what, *_rest in action.log] == ["put", "chmod", "rm"]
