# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files go back to what they were before their first change, in real shells, whatever command fails or is killed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.configuration.desired import Configuration, ConfigurationFile
from ansible_collections.siptls.vos.plugins.module_utils.configuration.plan import ConfigurationPlan
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.plugin_utils.configuration_place import ConfigurationPlace
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Device
from ansible_collections.siptls.vos.tests.unit.plugins.plugin_utils import test_configuration_place as place
from ansible_collections.siptls.vos.tests.unit.plugins.plugin_utils.test_configuration_place import (
    FAIL,
    KILL,
    Shell,
    Trouble,
    converge,
)

shell, work_folders = place.shell, place.work_folders
#: Before: content and mode, by path
OLD = {
    "a.ini": (b"; mine\n[s]\nx = 1 ; one\n", 0o640),
    "whole \xe4.xml": (b"<old \xff\x00/>\n", 0o600),
    "other.xml": (b"<other/>\n", 0o644),
}
SETTINGS = "[s]\nx = 2\ny = 3\n\n[t]\nz = 4\n"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    return restored(tmp_path / "etc")


def restored(etc: Path) -> Path:
    place.shutil.rmtree(etc, ignore_errors=True)
    etc.mkdir()
    for name, (content, mode) in OLD.items():
        (etc / name).write_bytes(content)
        (etc / name).chmod(mode)
    return etc


def files(etc: Path) -> list[ConfigurationFile]:
    return [
        ConfigurationFile(str(etc / "a.ini"), SETTINGS, merges=True, keeps=True),
        ConfigurationFile(str(etc / "whole \xe4.xml"), "<new/>\n", keeps=True),
        ConfigurationFile(str(etc / "deep/er/new.xml"), "<new/>\n", keeps=True),
        ConfigurationFile(str(etc / "other.xml"), present=False, keeps=True),
    ]


def forward(etc: Path, reload: str = "true") -> Configuration:
    return Configuration(tuple(files(etc)), (), reload, str(etc / ".loaded"))


def back(etc: Path, reload: str = "true", of: Sequence[ConfigurationFile] | None = None) -> Configuration:
    going = (replace(file, present=False, keeps=False, goes_back=True) for file in (of or files(etc)))
    return Configuration(tuple(going), (), reload, str(etc / ".loaded"))


def forgotten(etc: Path) -> Configuration:
    going = (replace(file, merges=False, present=False, keeps=False, forgets=True) for file in files(etc))
    return Configuration((*going, ConfigurationFile(str(etc / ".loaded"), present=False)))


def tree(etc: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(etc)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mode & 0o777)
        for path in etc.rglob("*")
    }


def assert_old(etc: Path) -> None:
    assert tree(etc) == OLD


def actions(plan: ConfigurationPlan) -> list[str]:
    return [step.action for step in plan.steps]


def test_the_way_there_and_back(shell: Shell, etc: Path) -> None:
    converge(shell, forward(etc))
    assert (etc / "deep/er/new.xml").exists()
    # Later runs keep nothing
    (etc / "whole \xe4.xml").write_text("<by others/>\n")
    converge(shell, forward(etc))
    assert actions(converge(shell, back(etc))) == ["changed", "changed", "removed", "created"]
    assert actions(converge(shell, back(etc))) == ["unchanged"] * 4
    assert actions(converge(shell, forgotten(etc))) == ["forgotten"] * 4 + ["removed"]
    assert_old(etc)
    assert converge(shell, forgotten(etc)).reason == ""


def test_what_an_earlier_version_wrote_is_not_taken_for_what_was_before(shell: Shell, etc: Path) -> None:
    converge(
        shell, Configuration(tuple(replace(file, keeps=False) for file in files(etc)), (), "true", str(etc / ".loaded"))
    )
    # Also where no reload succeeds any more
    changed = [replace(file, content=file.content.replace("2", "9")) for file in files(etc)]
    with pytest.raises(SiptlsError, match="reloading with them failed as well"):
        converge(shell, Configuration(tuple(changed), (), "false", str(etc / ".loaded")))
    converge(shell, Configuration(tuple(changed), (), "true", str(etc / ".loaded")))
    assert not [path for path in etc.rglob(".*") if path.name.endswith(("-original", "-absent"))]
    # A path that is new since then is
    more = [*changed, ConfigurationFile(str(etc / "late.xml"), "<late/>\n", keeps=True)]
    converge(shell, Configuration(tuple(more), (), "true", str(etc / ".loaded")))
    assert (etc / ".late.xml.siptls-absent").exists()


def test_a_first_run_that_fails_leaves_nothing_so_the_operator_can_correct_the_file(shell: Shell, etc: Path) -> None:
    with pytest.raises(SiptlsError, match="the reload failed"):
        converge(shell, forward(etc, "false"))
    assert_old(etc)
    (etc / "a.ini").write_text("[s]\nx = 7\n")
    converge(shell, forward(etc))
    converge(shell, back(etc))
    assert (etc / "a.ini").read_text() == "[s]\nx = 7\n"


def test_without_a_copy_only_our_settings_are_taken_out(shell: Shell, etc: Path) -> None:
    converge(shell, forward(etc))
    for kept in [path for path in etc.rglob(".*") if path.name.endswith(("-original", "-absent"))]:
        kept.unlink()
    merged, whole, *_rest = files(etc)
    told = [
        replace(merged, replacement="[s]\nx = 5\n"),
        replace(whole, replacement="<told/>\n"),
        ConfigurationFile(str(etc / "deep/er/new.xml"), replacement=""),
    ]
    assert actions(converge(shell, back(etc, of=told))) == ["changed", "changed", "removed"]
    # The comment was moved to a line of its own when the value was replaced
    assert (etc / "a.ini").read_text() == "; mine\n[s]\nx = 5\n; one\n"
    assert (etc / "whole \xe4.xml").read_text() == "<told/>\n"
    assert not (etc / "deep/er/new.xml").exists()


def record(etc: Path) -> Path:
    """Of what the service loads."""
    return etc / ".a.ini.siptls-loaded"


def unproven(etc: Path, reload: str = "true") -> Configuration:
    """As :func:`forward`, to be accepted or taken back."""
    return Configuration(tuple(files(etc)), (), reload, str(record(etc)), keeps_previous=True)


def settle(shell: Shell, etc: Path, state: str) -> None:
    ConfigurationPlace(Device(shell, "gw1"), Configuration(tuple(files(etc)))).settle(state)  # type: ignore[arg-type]


def load_alone(shell: Shell, etc: Path) -> None:
    """What a role does after it took its files back, and in a rotation."""
    paths = tuple(file.path for file in files(etc))
    converge(shell, Configuration((), paths, "true", str(record(etc))))


def test_a_first_publication_that_is_taken_back_leaves_nothing_so_a_later_edit_is_the_original(
    shell: Shell, etc: Path
) -> None:
    converge(shell, unproven(etc))
    settle(shell, etc, "previous")
    assert {name: found for name, found in tree(etc).items() if etc / name != record(etc)} == OLD
    load_alone(shell, etc)
    (etc / "a.ini").write_text("[s]\nx = 7\n")
    converge(shell, unproven(etc))
    settle(shell, etc, "accepted")
    assert not [path for path in etc.rglob(".*") if path.name.endswith(("-first", "-previous", "-none"))]
    converge(shell, back(etc))
    assert (etc / "a.ini").read_text() == "[s]\nx = 7\n"


def test_a_later_publication_that_is_taken_back_leaves_the_original(shell: Shell, etc: Path) -> None:
    converge(shell, unproven(etc))
    settle(shell, etc, "accepted")
    load_alone(shell, etc)
    changed = [replace(file, content=file.content.replace("2", "9")) for file in files(etc)]
    converge(shell, replace(unproven(etc), files=tuple(changed)))
    settle(shell, etc, "previous")
    assert "x = 2" in (etc / "a.ini").read_text()
    load_alone(shell, etc)
    converge(shell, back(etc))
    converge(shell, forgotten(etc))
    record(etc).unlink()
    assert_old(etc)


def test_a_file_that_was_merely_loaded_is_kept_when_it_is_published_first(shell: Shell, etc: Path) -> None:
    load_alone(shell, etc)
    converge(shell, unproven(etc))
    assert (etc / ".a.ini.siptls-original").read_bytes() == OLD["a.ini"][0]


def test_a_file_that_happened_to_be_as_wanted_is_kept_when_it_is_changed_first(shell: Shell, etc: Path) -> None:
    same = ConfigurationFile(str(etc / "a.ini"), OLD["a.ini"][0].decode(), mode=0o640, keeps=True)
    converge(shell, Configuration((same,), (), "true", str(record(etc))))
    converge(shell, unproven(etc))
    assert (etc / ".a.ini.siptls-original").read_bytes() == OLD["a.ini"][0]


def test_a_first_publication_that_the_service_refuses_leaves_nothing_so_a_later_edit_is_the_original(
    shell: Shell, etc: Path
) -> None:
    # It takes what was there before
    refuses = f"! grep -q 'x = 2' {etc}/a.ini"
    with pytest.raises(SiptlsError, match="and the service is reloaded with them"):
        converge(shell, unproven(etc, refuses))
    (etc / "a.ini").write_text("[s]\nx = 7\n")
    converge(shell, unproven(etc))
    assert (etc / ".a.ini.siptls-original").read_text() == "[s]\nx = 7\n"


@pytest.mark.nightly
@pytest.mark.parametrize("deed", [KILL, FAIL])
def test_whatever_command_is_struck_while_a_publication_is_taken_back_the_next_attempt_completes_it(
    etc: Path, tmp_path: Path, deed: str
) -> None:
    trouble = Trouble(tmp_path, deed)
    for number in range(1, 200):
        restored(etc)
        converge(trouble.healthy, unproven(etc))
        trouble.strike(number)
        with suppress(SiptlsError):
            settle(trouble.shell, etc, "previous")
        if number % 2:
            # Another publication comes first
            converge(trouble.healthy, unproven(etc))
        settle(trouble.healthy, etc, "previous")
        left = {name: found for name, found in tree(etc).items() if etc / name != record(etc)}
        assert left.keys() - OLD.keys() <= {"deep", "deep/er"}, number
        assert {name: left[name] for name in OLD} == OLD, number
        if not trouble.struck:
            break
    assert not trouble.struck


@pytest.mark.nightly
@pytest.mark.parametrize(("struck", "deed"), [(forward, KILL), (back, KILL), (forgotten, KILL), (back, FAIL)])
def test_whatever_command_is_struck_the_next_run_ends_where_it_began(
    etc: Path, tmp_path: Path, struck: Callable[[Path], Configuration], deed: str
) -> None:
    trouble = Trouble(tmp_path, deed)
    struck_commands = 0
    for number in range(1, 400):
        restored(etc)
        for one in (forward, back, forgotten):
            if one is struck:
                trouble.strike(number)
                try:
                    converge(trouble.shell, one(etc))
                except SiptlsError:
                    struck_commands += 1
            converge(trouble.healthy, one(etc))
        if not trouble.struck:
            break
        # An empty folder whose making nobody lived to record, or whose record went right before it
        left = tree(etc).keys() - OLD.keys()
        assert not left or (struck is not back and deed == KILL and left <= {"deep", "deep/er"}), (
            f"command {number}: {left}"
        )
        assert {name: found for name, found in tree(etc).items() if name not in left} == OLD, number
    assert not trouble.struck
    assert struck_commands > 10
