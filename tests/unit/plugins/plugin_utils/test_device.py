# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device answers, however it gets here; and the scripts that go there, run by the shell of this machine."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Device, _parse, _program
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
# A line as a program on a device prints it: no newline; a carriage return at its end would be the terminal's.
LINES = st.text(st.characters(exclude_characters="\n\0", exclude_categories=()), max_size=30)
VALUES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=30)
FIELDS = st.lists(st.tuples(NAMES, VALUES, st.lists(LINES, max_size=5)), max_size=6)
CHATTER = st.text(max_size=80).filter(lambda text: "siptls begin" not in text + "siptls begi")


def printed(fields: list[tuple[str, str, list[str]]], end: str) -> str:
    lines = ["siptls begin"]
    for name, value, body in fields:
        lines += [f"{name} {value}", *(f" {line}" for line in body), ""]
    return end.join(lines) + end


@given(FIELDS)
def test_an_answer_is_read_as_it_was_given(fields) -> None:
    found = _parse(printed(fields, "\n")).fields
    assert found == tuple((name, value, "".join(f"{line}\n" for line in body)) for name, value, body in fields)


@given(FIELDS, CHATTER)
def test_a_logins_chatter_and_a_terminals_carriage_returns_are_no_part_of_the_answer(fields, chatter) -> None:
    plain = _parse(printed(fields, "\n"))
    assert _parse(chatter + printed(fields, "\n")) == plain
    # A line that itself holds CR LF cannot be told from two lines once a terminal has been at it: PEM has none.
    if not any("\r" in line for _name, _value, body in fields for line in body):
        assert _parse(chatter.replace("\n", "\r\n") + printed(fields, "\r\n")) == plain


@given(st.text())
def test_any_output_is_an_answer_of_some_kind(output: str) -> None:
    if "siptls begin" not in output:
        assert _parse(output).fields == ()
    _parse("siptls begin" + output)


def test_values_and_bodies_are_found_by_name() -> None:
    answer = _parse("motd\nsiptls begin\na 1\n x\n  y\n\na 2\nb \nc 3\n")
    assert (answer.value("a"), answer.body("a")) == ("1", "x\n y\n")
    assert list(answer.each("a")) == [("1", "x\n y\n"), ("2", "")]
    assert (answer.value("b"), answer.body("b")) == ("", "")
    assert (answer.value("z"), answer.body("z")) == (None, None)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


@given(st.dictionaries(st.sampled_from(["one", "two", "three"]), TEXTS))
def test_any_text_reaches_a_script_as_it_is_and_runs_nothing(parameters) -> None:
    """Quotes, newlines, dollar signs, backticks: a parameter is data, whatever is in it."""
    shows = "main() {\n:\n" + "".join(f'printf "%s\\0" "${name}"\n' for name in parameters) + "}\n"
    program = _program("common.sh", parameters).replace("main </dev/null\n", shows + "main </dev/null\n")
    done = subprocess.run(["/bin/sh"], input=program.encode(), capture_output=True, check=True, timeout=20)
    assert done.stdout == b"".join(value.encode() + b"\0" for value in parameters.values())
    assert done.stderr == b""


class Connection:
    """Stands for a connection plugin, of which Device asks two things."""

    def __init__(self, *, pipelining: bool, prompt: bool | None = None) -> None:
        self.has_pipelining = pipelining
        self.become = None if prompt is None else SimpleNamespace(expect_prompt=lambda: prompt)
        self._shell = SimpleNamespace(join_path=lambda *parts: "/".join(parts))

    def is_pipelining_enabled(self) -> bool:
        return False


class Action:
    """Stands for the action plugin's side of the connection, and remembers what went which way."""

    def __init__(self, connection: Connection, environment: dict[str, str] | None = None, **answer: object) -> None:
        self._connection = connection
        self.environment = environment or {}
        self.answer = {"rc": 0, "stdout": "siptls begin\nok 1\n", "stderr": "", **answer}
        self.log: list[tuple[str, str, bool]] = []

    def _low_level_execute_command(self, command, in_data=None, encoding_errors="strict"):
        self.log.append(("run", command, in_data is not None))
        return self.answer

    def _compute_environment_string(self, variables: dict[str, str]) -> None:
        variables.update(self.environment)

    def _make_tmp_path(self) -> str:
        return "/tmp/x"

    def _transfer_data(self, path: str, data: str) -> None:
        self.log.append(("put", path, True))

    def _fixup_perms2(self, paths, execute: bool) -> None:
        self.log.append(("chmod", " ".join(paths), execute))

    def _remove_tmp_path(self, path: str) -> None:
        self.log.append(("rm", path, True))


@pytest.mark.parametrize(
    ("connection", "size", "secret", "way"),
    [
        (Connection(pipelining=True), 10, False, "stdin"),
        (Connection(pipelining=True), 200_000, True, "stdin"),
        (Connection(pipelining=True, prompt=False), 10, True, "stdin"),
        (Connection(pipelining=True, prompt=True), 10, False, "argument"),
        (Connection(pipelining=True, prompt=True), 10, True, "file"),
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
        (
            {"rc": 2, "stderr": "sh: syntax error"},
            "certificate_look.sh failed with exit status 2. Found: sh: syntax error",
        ),
    ],
)
def test_a_script_that_fails_says_where_and_why(answer: dict[str, object], words: str) -> None:
    action = Action(Connection(pipelining=True), **answer)
    with pytest.raises(SiptlsError, match=words):
        Device(action, "gw1").run("certificate_look.sh", {})
