# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root neither writes nor reads where somebody else can put a symlink, in every POSIX shell of this machine."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[4] / "plugins" / "plugin_utils" / "shell"
SHELLS = {"sh": ["sh"], "dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "ash"]}
SERVICE = 4711

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture(params=[name for name, command in SHELLS.items() if shutil.which(command[0])])
def shell(request: pytest.FixtureRequest) -> list[str]:
    return SHELLS[request.param]


def refusal(shell: list[str], directory: Path, user: int = 0) -> str:
    """What is said against a directory; empty where nothing is."""
    program = (SCRIPTS / "common.sh").read_text() + f"\nrefuse_shared {shlex.quote(str(directory))}\n"
    done = subprocess.run(
        [*shell, "-c", program], capture_output=True, text=True, check=False, timeout=60, user=user, group=user
    )
    assert done.stdout == ""
    assert (done.returncode == 0) is (done.stderr == "")
    return done.stderr


def etc(tmp_path: Path, certs: int = 0o755, above: int = 0o755) -> Path:
    """The directory for certificates below another one, with these modes."""
    folder = tmp_path / "etc" / "certs"
    folder.mkdir(parents=True)
    folder.chmod(certs)
    folder.parent.chmod(above)
    return folder


def _owned_by_the_service(folder: Path) -> None:
    os.chown(folder, SERVICE, SERVICE)


def _above_owned_by_the_service(folder: Path) -> None:
    os.chown(folder.parent, SERVICE, SERVICE)


def _group_of_the_service(folder: Path) -> None:
    os.chown(folder, 0, SERVICE)


def _sticky_with_anothers_link(folder: Path) -> None:
    folder.rmdir()
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")
    os.chown(folder, SERVICE, SERVICE, follow_symlinks=False)


def _link_into_what_is_anothers(folder: Path) -> None:
    folder.rmdir()
    (folder.parent / "theirs/certs").mkdir(parents=True)
    os.chown(folder.parent / "theirs", SERVICE, SERVICE)
    folder.symlink_to(folder.parent / "theirs/certs")


@pytest.mark.parametrize(
    ("certs", "above", "prepare", "words"),
    [
        (0o755, 0o755, None, ""),
        (0o750, 0o755, _group_of_the_service, ""),
        (0o775, 0o775, None, ""),  # root's own group
        (0o755, 0o1777, None, ""),
        (0o755, 0o755, _owned_by_the_service, "Remedy: chown root {certs}, or name another directory"),
        (0o755, 0o755, _above_owned_by_the_service, "Remedy: chown root {above}, or"),
        (0o770, 0o755, _group_of_the_service, "its group can. Remedy: chmod go-w {certs}, or"),
        (0o777, 0o755, None, "everybody can. Remedy: chmod go-w {certs}, or"),
        (0o1777, 0o755, None, "everybody can. Remedy: chmod go-w {certs}, or"),
        (0o755, 0o777, None, "everybody can. Remedy: chmod go-w {above}, or"),
        (0o755, 0o1777, _sticky_with_anothers_link, "the owner of this symlink can. Remedy: rm {certs}, or"),
        (0o755, 0o755, _link_into_what_is_anothers, "Remedy: chown root {above}/theirs, or"),
    ],
)
def test_directory_that_others_can_write_to_is_refused(
    shell: list[str], tmp_path: Path, certs: int, above: int, prepare: Callable[[Path], None] | None, words: str
) -> None:
    folder = etc(tmp_path, certs, above)
    if prepare:
        prepare(folder)
    said = refusal(shell, folder)
    if not words:
        assert said == ""
        return
    assert said.startswith(f"siptls: {tmp_path}/etc")
    assert "can be written to by others. Expected: " in said
    assert words.format(certs=folder, above=folder.parent) in said


def test_directory_that_is_not_there_yet_is_judged_by_those_above(shell: list[str], tmp_path: Path) -> None:
    folder = etc(tmp_path, above=0o1777)
    assert refusal(shell, folder.parent / "new" / "certs") == ""
    folder.chmod(0o777)
    assert f"{folder} can be written to by others" in refusal(shell, folder / "new")


def test_user_may_write_to_what_is_his_own(shell: list[str]) -> None:
    # Pytest's own folders can be entered by root alone
    with tempfile.TemporaryDirectory() as entered:
        Path(entered).chmod(0o755)
        folder = etc(Path(entered), 0o775)
        os.chown(folder, SERVICE, SERVICE)
        assert refusal(shell, folder, SERVICE) == ""
        assert "its owner can" in refusal(shell, folder, SERVICE + 1)


def test_name_of_the_work_folder_that_is_free_again_is_left_to_whoever_has_it_then(
    shell: list[str], tmp_path: Path
) -> None:
    """Validation and reload take a while, and what has the name by then is not this script's."""
    folder, work, path = etc(tmp_path), tmp_path / "work", tmp_path / "etc" / "a.conf"
    (tmp_path / "bin").mkdir()
    values = {
        "work": work,
        "rehearsal": "",
        "files": path,
        "seen": f"- {path}",
        "loads": "",
        "reload_interval": 0,
        "calls": "",
        "state_file": folder / "loaded",
        "count": 1,
        "validations": 0,
        "action_1": "",
        "path_1": path,
        "new_1": f"{path}.new",
        "old_1": f"{path}.old",
        "previous_1": f"{path}.previous",
        "none_1": f"{path}.none",
        "keep": "",
        "reload": f"mkdir {work} && touch {work}/theirs",
        "siptls_token": "0",
        "siptls_seconds": 60,
    }
    scripts = "".join((SCRIPTS / name).read_text() for name in ("common.sh", "files_keep.sh", "files_publish.sh"))
    program = "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items()) + f"{scripts}\nmain\n"
    done = subprocess.run([*shell, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (work / "theirs").exists()
