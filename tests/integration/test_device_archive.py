# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive on a device: the old content or the new one, whole, and nothing to do where it is there."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play


def archive(path: Path, **files: str) -> None:
    folder = path.with_suffix(".content")
    for name, text in files.items():
        target = folder / name.replace("__", "/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    with tarfile.open(path, "w") as tar:
        tar.add(folder, arcname=".")


def hostile(path: Path, kind: str) -> None:
    """An archive with one member that has no business on a device, beside a good one."""
    entry = tarfile.TarInfo({"up": "sub/../../outside", "root": "/tmp/outside", "name": "a;b"}.get(kind, "strange"))
    entry.mode = {"setuid": 0o4755, "setgid": 0o2755, "sticky": 0o1755}.get(kind, 0o644)
    types = {
        "symlink": tarfile.SYMTYPE,
        "hard link": tarfile.LNKTYPE,
        "device": tarfile.CHRTYPE,
        "fifo": tarfile.FIFOTYPE,
    }
    entry.type = types.get(kind, tarfile.REGTYPE)
    entry.linkname = "one" if kind == "hard link" else "/etc" if kind == "symlink" else ""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        one = tarfile.TarInfo("one")
        one.uid = one.gid = 4711
        tar.addfile(one)
        tar.addfile(entry)


def task(path: str = "{{ device }}/srv/answers", source: str = "a.tar") -> dict[str, object]:
    return {"name": "The archive", "siptls.vos.device_archive": {"source": source, "path": path}}


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_what_is_there_is_replaced_as_a_whole(play: Play) -> None:
    archive(play.folder / "a.tar", one="1", sub__two="2")
    at = play.device("gw1") / "srv/answers"
    foretold = play([task()], check=True, diff=True)
    assert foretold.of("gw1")["changed"]
    assert not at.exists()
    assert play([task()]).of("gw1")["reason"] == "no archive is unpacked"
    assert content(at) == {"one": "1", "sub/two": "2"}
    assert oct((at / "sub/two").stat().st_mode)[-3:] == "644"
    assert play([task()]).nothing_changed
    archive(play.folder / "b.tar", three="3")
    assert play([task(source="b.tar")]).of("gw1")["reason"] == "another archive is unpacked"
    assert content(at) == {"three": "3"}
    assert len(list(at.parent.joinpath("answers.d").iterdir())) == 1, "what nobody is led to any more is gone"
    assert os.readlink(at).startswith("answers.d/")
    assert play([task(source="b.tar")]).nothing_changed
    for path in at.resolve().rglob("*"):
        path.unlink()
    at.resolve().rmdir()
    assert play([task(source="b.tar")]).of("gw1")["changed"]
    assert content(at) == {"three": "3"}


def test_what_cannot_be_is_told_and_what_is_there_stays(play: Play) -> None:
    archive(play.folder / "a.tar", one="1")
    play([task()])
    (play.folder / "damaged.tar").write_bytes((play.folder / "a.tar").read_bytes()[:700] + b"x" * 5000)
    mine = play.device("gw1") / "mine"
    mine.mkdir()
    cases = {
        "tar cannot unpack the archive": task(source="damaged.tar"),
        "nothing.tar: the archive cannot be read": task(source="nothing.tar"),
        "is there already and is no link": task(path=str(mine)),
        "path is not where an archive can be": task(path="srv/answers"),
    }
    for words, wrong in cases.items():
        assert words in play([wrong], fails=True).message("gw1")
    assert content(play.device("gw1") / "srv/answers") == {"one": "1"}
    assert list(mine.iterdir()) == []
    assert [path.name for path in (play.device("gw1") / "srv/answers.d").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("tool", ["tar", "openssl"])
def test_a_publication_that_fails_half_way_leaves_what_was_there(play: Play, tmp_path: Path, tool: str) -> None:
    archive(play.folder / "a.tar", one="1")
    archive(play.folder / "b.tar", two="2")
    play([task()])
    (tmp_path / "bin").mkdir()
    (tmp_path / f"bin/{tool}").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / f"bin/{tool}").chmod(0o755)
    play([task(source="b.tar")], fails=True, environment={"PATH": f"{tmp_path}/bin:{play.environment['PATH']}"})
    assert content(play.device("gw1") / "srv/answers") == {"one": "1"}
    play([task(source="b.tar")])
    assert content(play.device("gw1") / "srv/answers") == {"two": "2"}


def test_what_was_going_away_when_a_run_was_killed_comes_back_whole(play: Play, tmp_path: Path) -> None:
    archive(play.folder / "a.tar", one="1", two="2")
    archive(play.folder / "b.tar", three="3")
    play([task()])
    (tmp_path / "bin").mkdir()
    # Removes one file, and then there is no power
    (tmp_path / "bin/rm").write_text(
        "#!/bin/sh\ncase $* in *answers.d*)\n"
        'find "$2" -name one -exec /bin/rm {} +; [ ! -e "$2/two" ] || { kill -9 $PPID; exit; } ;; esac\nexec /bin/rm "$@"\n'
    )
    (tmp_path / "bin/rm").chmod(0o755)
    play([task(source="b.tar")], fails=True, environment={"PATH": f"{tmp_path}/bin:{play.environment['PATH']}"})
    at = play.device("gw1") / "srv/answers"
    assert content(at) == {"three": "3"}
    play([task()])
    assert content(at) == {"one": "1", "two": "2"}
    assert len(list(at.parent.joinpath("answers.d").iterdir())) == 1


@pytest.mark.parametrize("tools", ["GNU", "BusyBox"])
def test_archive_with_anything_but_plain_files_is_refused_and_owners_do_not_count(
    play: Play, tmp_path: Path, tools: str
) -> None:
    environment = {}
    if tools == "BusyBox":
        busybox = shutil.which("busybox")
        assert busybox, "BusyBox is not installed: tools/bootstrap checks"
        (tmp_path / "bin").mkdir()
        for name in ("tar", "find", "chmod", "grep", "sed", "mktemp", "mv", "ln", "rm", "mkdir"):
            (tmp_path / "bin" / name).symlink_to(busybox)
        environment = {"PATH": f"{tmp_path}/bin:{play.environment['PATH']}"}
    archive(play.folder / "a.tar", one="1")
    play([task()], environment=environment)
    kinds = ("setuid", "setgid", "sticky", "symlink", "hard link", "device", "fifo", "up", "root", "name")
    steps = []
    for kind in kinds:
        hostile(play.folder / f"{kind}.tar", kind)
        steps.append({**task(source=f"{kind}.tar"), "name": kind, "ignore_errors": True})
    outcome = play(steps, environment=environment)
    for kind in kinds:
        words = "has a name that is not allowed" if kind in ("up", "root", "name") else "is no plain file or folder"
        assert words in outcome.message("gw1", kind), kind
        assert "member 2 of the archive" in outcome.message("gw1", kind)
    assert content(play.device("gw1") / "srv/answers") == {"one": "1"}
    assert len(list((play.device("gw1") / "srv/answers.d").iterdir())) == 1
    hostile(play.folder / "other.tar", "")
    play([task(source="other.tar")], environment=environment)
    files = list((play.device("gw1") / "srv/answers").resolve().iterdir())
    assert {path.name: path.stat().st_uid for path in files} == {"one": os.getuid(), "strange": os.getuid()}
