# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files of a device, published together: what is there, what was loaded, and what is left when a step fails."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play

NAME = "The configuration"
SECRET = "trunk-password-Wah4eiph"
COUNT = "echo reloaded >>{{ device }}/reloads"
OPERATORS = "; of rack 4\r\n[log]\r\nlevel = 3\r\n\r\n[tls_server]\r\n# agreed\r\nport = 5062\r\ncrl_file = /old\r\nowner = J\xfcrgen\r\n"
SETTINGS = "[tls_server]\nport = 5061\ncrl_file =\n"


def files(*entries: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The task, with paths below the folder of the host."""
    given = [{**entry, "path": "{{ device }}/" + entry["path"]} for entry in entries]
    return [{"name": NAME, "siptls.vos.device_files": {"files": given, **options}}]


def conf(content: str = "one\n", **options: Any) -> dict[str, Any]:
    return {"path": "etc/a.conf", "content": content, **options}


def reloads(device: Path) -> int:
    path = device / "reloads"
    return len(path.read_text().splitlines()) if path.exists() else 0


def state(device: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file, apart from what reloads and validators wrote down."""
    return {
        str(path.relative_to(device)): (stat.S_IMODE(path.lstat().st_mode), path.read_bytes())
        for path in sorted(device.rglob("*"))
        if path.is_file() and path.name != "reloads"
    }


def left_over(device: Path) -> list[Path]:
    """Staged and kept files, and temporary folders, that nobody needs any more."""
    return [path for path in device.rglob(".*") if path.name.endswith(("siptls-new", "siptls-old"))]


def path_that_tells_folders(folder: Path) -> str:
    """A search path with a mkdir of its own, which writes down what it makes in /tmp."""
    tell = folder / "bin/mkdir"
    tell.parent.mkdir()
    tell.write_text(
        "#!/bin/sh\n"
        'for made in "$@"; do\n'
        f'  case $made in /tmp/.siptls-*) echo "$made" >>{folder}/made ;; esac\n'
        "done\n"
        f'exec {shutil.which("mkdir")} "$@"\n'
    )
    tell.chmod(0o755)
    return f"{tell.parent}:{os.environ['PATH']}"


def actions(result: Any) -> list[str]:
    return [file["action"] for file in result["files"]]


@pytest.fixture
def device(play: Play) -> Path:
    folder = play.device("gw1")
    folder.mkdir()
    return folder


def test_created_with_what_it_needs_and_then_left_alone(play: Play, device: Path) -> None:
    tasks = files(
        conf("no line end", mode="0640"),
        {"path": "etc/deep/er/b.conf", "content": "two\n"},
        reload=f"[ -e {{{{ device }}}}/etc/deep/er/b.conf ] && {COUNT}",
    )
    first = play(tasks).of("gw1")
    assert first["changed"]
    assert first["reloaded"]
    assert actions(first) == ["created", "created"]
    assert first["reason"] == f"{device}/etc/a.conf does not exist; {device}/etc/deep/er/b.conf does not exist"
    assert (device / "etc/a.conf").read_bytes() == b"no line end\n"
    assert stat.S_IMODE((device / "etc/a.conf").stat().st_mode) == 0o640
    assert stat.S_IMODE((device / "etc/deep/er").stat().st_mode) == 0o755
    before, inode = state(device), (device / "etc/a.conf").stat().st_ino

    second = play(tasks).of("gw1")
    assert not second["changed"]
    assert "reason" not in second
    assert not second["reloaded"]
    assert actions(second) == ["unchanged", "unchanged"]
    assert state(device) == before
    assert (device / "etc/a.conf").stat().st_ino == inode
    assert reloads(device) == 1
    assert not left_over(device)


def test_check_mode_foretells_exactly_and_touches_nothing(play: Play, device: Path) -> None:
    (device / "etc").mkdir()
    (device / "etc/a.conf").write_text("old\n")
    (device / "etc/gone.conf").write_text("farewell\n")
    tasks = files(
        conf("new\n", validate="grep -q new %s"),
        {"path": "etc/new/b.conf", "content": "bee\n"},
        {"path": "etc/gone.conf", "state": "absent"},
        reload=COUNT,
    )
    before, folders = state(device), sorted(device.rglob("*"))
    foretold = play(tasks, check=True, diff=True, environment={"PATH": path_that_tells_folders(play.folder)})
    assert state(device) == before
    assert sorted(device.rglob("*")) == folders
    made = (play.folder / "made").read_text().split()
    assert made, "the new content was tried"
    assert [folder for folder in made if Path(folder).exists()] == []
    for line in ("-old", "+new", "+bee", "-farewell", f"+++ after: {device}/etc/a.conf (mode 0644)"):
        assert f"{line}\n" in foretold.output
    assert "would fail" not in foretold.output
    done = play(tasks, diff=True).of("gw1")
    for key in ("changed", "reason", "files", "reloaded", "diff"):
        assert foretold.of("gw1")[key] == done[key], key
    assert not play(tasks, check=True, diff=True).of("gw1")["changed"]
    assert not (device / "etc/gone.conf").exists()


def test_check_mode_warns_of_what_the_device_would_refuse(play: Play, device: Path) -> None:
    tasks = files(conf("new\n", validate="echo no good in %s; false"))
    outcome = play(tasks, check=True)
    assert outcome.of("gw1")["changed"]
    warning = " ".join(outcome.output.split())
    assert "Without check mode this would fail" in warning
    assert "no good in" in warning
    assert not list(device.iterdir())


def test_a_merge_leaves_the_rest_to_the_operator(play: Play, device: Path) -> None:
    path = device / "etc/a.conf"
    path.parent.mkdir()
    path.write_bytes(OPERATORS.encode("latin-1"))
    tasks = files(conf(SETTINGS, merge="ini"))
    outcome = play(tasks, diff=True)
    assert actions(outcome.of("gw1")) == ["changed"]
    expected = OPERATORS.replace("5062", "5061").replace("crl_file = /old\r\n", "")
    assert path.read_bytes() == expected.encode("latin-1")
    assert not play(tasks).of("gw1")["changed"]
    path.write_bytes(expected.encode("latin-1").removesuffix(b"\r\n"))
    assert not play(tasks).of("gw1")["changed"]


def test_a_merge_makes_the_file_where_there_is_none(play: Play, device: Path) -> None:
    assert actions(play(files(conf(SETTINGS, merge="ini"))).of("gw1")) == ["created"]
    assert (device / "etc/a.conf").read_text() == "[tls_server]\nport = 5061\n"


def test_a_refused_file_leaves_everything_as_it_was(play: Play, device: Path) -> None:
    play(files(conf("one\n"), reload=COUNT))
    before, folders = state(device), sorted(device.rglob("*"))
    outcome = play(
        files(
            {"path": "etc/other/b.conf", "content": "fine\n"},
            conf("two\n", validate="echo line 1 of %s: unknown key; echo to stderr >&2; exit 3"),
            reload=COUNT,
        ),
        fails=True,
    )
    assert state(device) == before
    assert sorted(device.rglob("*")) == folders
    assert reloads(device) == 1
    message = outcome.message("gw1")
    assert f"gw1, {device}/etc/a.conf: the device refuses" in message
    assert f"exit status 3: line 1 of {device}/etc/a.conf: unknown key / to stderr" in message


def test_a_command_sees_the_files_as_they_will_be_together(play: Play, device: Path) -> None:
    check = f"diff %s %{{{device}/etc/b.conf}} && printf '%%s %x' a 255 >{device}/said"
    both = [conf("one\n", validate=check), {"path": "etc/b.conf", "content": "one\n"}]
    play(files(*both))
    assert (device / "said").read_text() == "a ff"
    both[1]["content"] = "other\n"
    play(files(*both), fails=True)
    assert (device / "etc/b.conf").read_text() == "one\n"


def test_a_failed_reload_brings_the_old_files_back_and_reloads_them(play: Play, device: Path) -> None:
    etc = device / "etc"
    reload = f"{COUNT}; ! grep -q bad {{{{ device }}}}/etc/a.conf || {{ echo unknown cipher; exit 7; }}"
    gone = {"path": "etc/gone.conf", "content": "stays\n"}
    play(files(conf("good\n", mode="0600"), gone, reload=reload))
    before, folders = state(device), sorted(device.rglob("*"))
    tasks = files(
        conf("bad\n"),
        {"path": "etc/new/b.conf", "content": "b\n"},
        {"path": gone["path"], "state": "absent"},
        reload=reload,
    )
    message = play(tasks, fails=True).message("gw1")
    assert "exit status 7: unknown cipher" in message
    assert "the files are as they were before, and the service is reloaded with them" in message
    assert sorted(device.rglob("*")) == folders
    after = state(device)
    stamp = "etc/.a.conf.siptls-loaded"
    assert {path: what for path, what in after.items() if path != stamp} == {
        path: what for path, what in before.items() if path != stamp
    }
    assert reloads(device) == 3
    assert not play(files(conf("good\n", mode="0600"), gone, reload=reload)).of("gw1")["changed"]
    (etc / "gone.conf").unlink()


def test_a_service_that_fails_with_the_old_files_too_is_reloaded_again_by_the_next_run(
    play: Play, device: Path
) -> None:
    play(files(conf("good\n"), reload="true"))
    message = play(files(conf("bad\n"), reload="echo no licence; false"), fails=True).message("gw1")
    assert "but reloading with them failed as well, exit status 1: no licence" in message
    assert (device / "etc/a.conf").read_text() == "good\n"
    result = play(files(conf("good\n"), reload=COUNT)).of("gw1")
    assert result["reason"] == "no successful reload is on record"
    assert reloads(device) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_killed_around_its_reload_is_caught_up_by_the_next(play: Play, device: Path, when: str) -> None:
    play(files(conf("one\n"), reload=COUNT))
    killer = {"before": f"kill -9 $PPID; {COUNT}", "after": f"{COUNT}; kill -9 $PPID"}[when]
    play(files(conf("two\n"), reload=killer), fails=True)
    assert (device / "etc/a.conf").read_text() == "two\n"
    assert left_over(device)
    before = reloads(device)
    result = play(files(conf("two\n"), reload=COUNT)).of("gw1")
    assert result["reloaded"]
    assert f"{device}/etc/a.conf changed since the last reload" in result["reason"]
    assert "an interrupted run left files beside it" in result["reason"]
    assert reloads(device) == before + 1
    assert not left_over(device)
    assert not play(files(conf("two\n"), reload=COUNT)).of("gw1")["changed"]


def test_a_removal_killed_before_its_reload_is_caught_up_by_the_next(play: Play, device: Path) -> None:
    play(files(conf(), reload=COUNT))
    gone = {"path": "etc/a.conf", "state": "absent"}
    play(files(gone, reload="kill -9 $PPID"), fails=True)
    result = play(files(gone, reload=COUNT)).of("gw1")
    assert f"{device}/etc/a.conf is gone since the last reload" in result["reason"]
    assert reloads(device) == 2
    assert not left_over(device)


def test_a_changed_certificate_makes_a_reload_due_through_its_symlink(play: Play, device: Path) -> None:
    for generation in ("1", "2"):
        (device / generation).mkdir()
        (device / generation / "gw.crt").write_text(generation)
    (device / "current").symlink_to("1")
    (device / "gw.crt").symlink_to("current/gw.crt")
    missing = "{{ device }}/later.pem"
    tasks = files(loads=["{{ device }}/gw.crt", missing], reload=COUNT, state_file="{{ device }}/state/loaded")
    assert play(tasks).of("gw1")["reason"] == "no successful reload is on record"
    assert not play(tasks).of("gw1")["changed"]
    (device / "current").unlink()
    (device / "current").symlink_to("2")
    (device / "later.pem").write_text("crl")
    assert play(tasks).of("gw1")["reason"] == (
        f"{device}/gw.crt changed since the last reload; {device}/later.pem changed since the last reload"
    )
    assert not play(tasks).of("gw1")["changed"]
    assert reloads(device) == 2
    assert stat.S_IMODE((device / "state/loaded").stat().st_mode) == 0o600


def test_two_tasks_in_one_folder_do_not_take_each_others_state(play: Play, device: Path) -> None:
    tasks = files(conf(), reload=COUNT) + files({"path": "etc/b.conf", "content": "b\n"}, reload=COUNT)
    tasks[1]["name"] = "Another"
    play(tasks)
    assert play(tasks).nothing_changed


def test_mode_is_put_right_without_a_reload(play: Play, device: Path) -> None:
    tasks = files(conf(mode="0640"), reload=COUNT)
    play(tasks)
    (device / "etc/a.conf").chmod(0o666)
    result = play(tasks, diff=True)
    assert actions(result.of("gw1")) == ["owner_or_mode"]
    assert result.of("gw1")["reason"] == f"{device}/etc/a.conf: mode is rw-rw-rw-, to be rw-r-----"
    assert "mode is rw-rw-rw-, to be rw-r-----" in result.output
    assert stat.S_IMODE((device / "etc/a.conf").stat().st_mode) == 0o640
    assert reloads(device) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owners_by_name_and_number_are_put_right_and_kept_where_none_is_wanted(play: Play, device: Path) -> None:
    path = device / "etc/a.conf"
    play(files(conf(owner="daemon", group="daemon")))
    assert (path.owner(), path.group()) == ("daemon", "daemon")
    play(files(conf("new\n")))
    assert (path.owner(), path.group(), path.read_text()) == ("daemon", "daemon", "new\n")
    by_number = files(conf("new\n", owner="12345", group="12346"))
    assert actions(play(by_number).of("gw1")) == ["owner_or_mode"]
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)
    assert not play(by_number).of("gw1")["changed"]
    refused = play(files(conf("newer\n", owner="nobody-of-that-name")), fails=True)
    assert "cannot give" in refused.message("gw1")
    assert path.read_text() == "new\n"
    assert not left_over(device)


def test_a_sensitive_file_is_never_shown(play: Play, device: Path) -> None:
    password = {"path": "etc/secret", "mode": "0600", "sensitive": True}
    variables = {"password": SECRET}
    tasks = files({**password, "content": "{{ password }}", "validate": "cat %s"}, reload=COUNT)
    outputs = [play(tasks, variables=variables, diff=True, verbosity=5).output]
    assert (device / "etc/secret").read_text() == f"{SECRET}\n"
    (device / "etc/secret").write_text(f"older-{SECRET}\n")
    outputs.append(play(tasks, variables=variables, diff=True, verbosity=5, check=True).output)
    tasks = files({**password, "content": "{{ password }}", "validate": "cat %s; false"}, reload=COUNT)
    outputs.append(play(tasks, variables=variables, diff=True, verbosity=5, fails=True).output)
    for output in outputs:
        assert "etc/secret" in output
        assert SECRET not in output


def test_a_service_started_by_the_reload_neither_holds_the_task_nor_loses_its_signals(play: Play, device: Path) -> None:
    service = "trap 'echo hup >>{{ device }}/signals' HUP; n=0; while [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done"
    start = f'umask >{{{{ device }}}}/umask; sh -c "{service.replace("$", chr(92) + "$")}" & echo $! >{{{{ device }}}}/pid; sleep 0.3'
    play(files(conf(), reload=start))
    pid = int((device / "pid").read_text())
    try:
        os.kill(pid, 1)
        for _attempt in range(100):
            if (device / "signals").exists():
                break
            time.sleep(0.1)
        assert (device / "signals").read_text() == "hup\n"
    finally:
        os.kill(pid, 9)
    assert (device / "umask").read_text().strip() == "0022"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"path": "etc/a.conf"}, "content is missing"),
        (conf(mode="420"), "four octal digits in quotes"),
        (conf("x", merge="ini"), "content cannot be merged: line 1"),
        (conf(SETTINGS, merge="ini", sensitive=True), "a sensitive file cannot be merged"),
        (conf(validate="true"), "validate does not look at the file"),
        (conf(validate="diff %s %{/etc/other}"), "%{/etc/other}"),
        (conf(owner="root", group="0"), "two names or two numbers"),
        ({**conf(), "path": "etc/../a.conf"}, "cannot be the path of a file"),
    ],
)
def test_a_wrong_value_is_told_before_anything_is_touched(play: Play, device: Path, entry: dict, words: str) -> None:
    message = play(files({"path": "etc/first", "content": "x"}, entry), fails=True).message("gw1")
    assert words in message
    assert not list(device.iterdir())


def test_what_is_no_regular_file_is_refused_and_a_link_can_be_removed(play: Play, device: Path) -> None:
    (device / "etc").mkdir()
    (device / "real").write_text("real\n")
    (device / "etc/a.conf").symlink_to("../real")
    message = play(files(conf()), fails=True).message("gw1")
    assert "a link to ../real" in message
    assert actions(play(files({"path": "etc/a.conf", "state": "absent"})).of("gw1")) == ["removed"]
    assert (device / "real").read_text() == "real\n"
    (device / "etc/a.conf").mkdir()
    assert "there is a directory" in play(files(conf()), fails=True).message("gw1")
