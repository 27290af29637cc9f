# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place where the commands of a document are run as they stand there: a user's home with the collection installed, and devices.

``ssh`` leads to devices that are folders of this machine (devices/ssh). All of it has namespaces of its own: no network but its
loopback, and no process outlives it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.siptls.vos.tests.documentation import blocks
from ansible_collections.siptls.vos.tests.documentation.blocks import Block
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

__all__ = ["Story", "World", "made"]

DEVICES = Path(__file__).resolve().parent / "devices"
WORLDS = ROOT / ".cache" / "documentation"
VAULT_PASSWORD = "of-the-vault"
_FLEET = r"""
set -e
sed -i '$a \    gw2: {ansible_host: 198.51.100.22}' inventory/hosts.yml
ansible-playbook -i inventory/hosts.yml siptls.vos.site
git init -q . && git add inventory && git commit -qm 'The fleet'
git clone -q --bare . ../git/fleet.git && git remote add origin git@git.example.com:fleet.git && git push -qu origin main
"""


@dataclass(frozen=True)
class Story:
    """What became of the commands of a document.

    :ivar rc: of the command that was run last
    :ivar line: the last line of the document that was run
    :ivar output: all that was printed
    """

    rc: int
    line: int
    output: str


class World:
    """See above.

    :ivar folder: holds all of it
    :ivar start: where the reader stands
    :ivar told: the last story
    :ivar keep: whether to leave it there for somebody to look at
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start = folder / "start"
        self.keep = False
        self.told = Story(0, 0, "")

    def device(self, address: str) -> Path:
        """The file system of a device, by its address."""
        return self.folder / "devices" / address

    def registered(self) -> dict[str, str]:
        """By AoR, the serial number of the certificate that it is registered with."""
        lines = [path.read_text().split() for path in (self.folder / "air/registered").iterdir()]
        return {aor: serial.lower() for aor, serial, _seconds in lines}

    def tell(self, story: Sequence[Block | str], leave_out: frozenset[tuple[int, str]] = frozenset()) -> Story:
        """Runs commands and writes the files that are shown, in their order, in one shell that ends at the first that fails.

        :param story: blocks of a document, and besides them commands of the test's own
        :param leave_out: commands that something else runs, by line and text
        """
        for name in ("progress", "output"):
            (self.folder / name).write_text("")
        script = ["set -euo pipefail", "ip link set lo up", f"mount --bind {self.folder}/hosts /etc/hosts"]
        (self.folder / "air/softswitch.pid").unlink(missing_ok=True)
        for device in (path for path in (self.folder / "devices").iterdir() if (path / "run/vos.pid").exists()):
            (device / "run/vos.pid").unlink()
            script.append(f"ssh {device.name} systemctl reload-or-restart vos")
        script.append(f"cd {self.start}")
        for number, part in enumerate(story):
            script += self._part(number, part, leave_out)
        path = self.folder / "story.sh"
        path.write_text("\n".join(script) + "\n")
        roots = [] if os.geteuid() == 0 else ["--map-root-user"]
        with (self.folder / "output").open("wb") as output:
            done = subprocess.run(
                ["unshare", *roots, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", path],
                env=self._environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, timeout=500,
            )  # fmt: skip
        progress = (self.folder / "progress").read_text().split()
        text = (self.folder / "output").read_text(errors="replace")
        self.told = Story(done.returncode, int(progress[-1]) if progress else 0, text)
        return self.told

    def shell(self, command: str) -> str:
        """What a command of the test's own prints. It has to succeed."""
        story = self.tell([command])
        assert story.rc == 0, story.output
        return story.output

    def _part(self, number: int, part: Block | str, leave_out: frozenset[tuple[int, str]]) -> Iterator[str]:
        if isinstance(part, str):
            yield part
        elif part.language in blocks.YAML and part.file:
            name, added = part.file
            kept = self.folder / "blocks" / str(number)
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(part.text)
            yield f"mkdir -p $(dirname {name}) && cat {kept} {'>>' if added else '>'}{name}"
        elif part.language in blocks.COMMANDS:
            # Line by line, for a document may have comments and lines that go on
            for command in blocks.commands(part):
                if (command.line, command.text) not in leave_out:
                    yield f"echo {command.line} >>{self.folder}/progress"
                    yield f"printf '%s\\n' {_quoted(f'$ {command.text}')}"
                    yield command.text

    def _environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return {
            "PATH": f"{self.folder}/bin:{sys.prefix}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "10000",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOST_KEY_CHECKING": "0",
            # ssh of OpenSSH is not here, and its ways of bringing files are not either
            "ANSIBLE_SSH_EXECUTABLE": f"{self.folder}/bin/ssh",
            "ANSIBLE_SSH_TRANSFER_METHOD": "piped",
            # Set by whoever has set up the fleet
            **(
                {"ANSIBLE_VAULT_PASSWORD_FILE": str(home / "vault-password")}
                if (self.start / "inventory").exists()
                else {}
            ),
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
            "GIT_CONFIG_SYSTEM": "/dev/null",
        }


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


@contextmanager
def made(name: str, begins: str) -> Iterator[World]:
    """A world of its own for a document, removed in the end unless it is to be kept.

    :param begins: ``checkout``: the reader stands in a checkout and has nothing installed. ``empty``: the collection is installed.
        ``fleet``: besides, the fleet of the README is set up, and kept in git
    """
    folder = _of_this_run() / name
    shutil.rmtree(folder, ignore_errors=True)
    if begins == "checkout":
        _build(World(folder))
        _copy_of_the_checkout(folder / "start")
    else:
        base = _base("empty" if begins == "empty" else "fleet")
        _copy(base, folder)
    world = World(folder)
    yield world
    if not world.keep:
        shutil.rmtree(folder, ignore_errors=True)


def _base(kind: str) -> Path:
    """A world to be copied, made once in a run of the tests, by whoever of its workers comes first."""
    worlds = _of_this_run()
    folder = worlds / f"base-{kind}"
    with (worlds / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            made = worlds / f"making-{kind}"
            shutil.rmtree(made, ignore_errors=True)
            if kind == "empty":
                _build(World(made))
                _install(World(made))
            else:
                _copy(_base("empty"), made)
                story = World(made).tell([*_inventory_of_the_readme(), _FLEET])
                assert story.rc == 0, f"the fleet that documents begin with cannot be set up:\n{story.output}"
            made.rename(folder)
    return folder


def _of_this_run() -> Path:
    """A folder that all workers of a run share. Those of runs before are removed."""
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    for before in WORLDS.glob("[0-9]*"):
        if not Path(f"/proc/{before.name}").exists():
            shutil.rmtree(before, ignore_errors=True)
    folder = WORLDS / str(run)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _inventory_of_the_readme() -> list[Block]:
    """The files of the inventory and how its vault is made."""
    shown = blocks.read(ROOT / "README.md")
    files = [block for block in shown if block.file and block.file[0].startswith("inventory/")]
    return [*files, *(block for block in shown if not block.inline and "ansible-vault encrypt" in block.text)]


def _build(world: World) -> None:
    folder = world.folder
    for name in ("home", "devices", "unreachable", "air/registered", "opt/bin", "bin", "git", "start"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for source in DEVICES.iterdir():
        at = folder / ("bin" if source.name in ("ssh", "new_device") else "opt/bin")
        shutil.copy(source, at)
    # SIP over TLS, in the softswitches
    shutil.copy(ROOT / "tests/integration/tls_server.py", folder / "opt/bin")
    (folder / "hosts").write_text("127.0.0.1 localhost vos.example.com\n")
    home = folder / "home"
    (home / "vault-password").write_text(VAULT_PASSWORD + "\n")
    _name(folder)


def _copy(base: Path, folder: Path) -> None:
    """The installed collection is shared: nobody writes there."""
    installed = base / "home/.ansible/collections"
    shutil.copytree(
        base, folder, symlinks=True, ignore=lambda at, names: ["collections"] if Path(at) == installed.parent else []
    )
    (folder / "home/.ansible/collections").symlink_to(installed.resolve())
    _name(folder)


def _name(folder: Path) -> None:
    """Writes what names the folder of the world."""
    (folder / "home/gitconfig").write_text(
        "[user]\n name = Operator\n email = operator@example.com\n[init]\n defaultBranch = main\n[safe]\n directory = *\n"
        f'[url "{folder}/git/"]\n insteadOf = git@git.example.com:\n'
    )


def _install(world: World) -> None:
    folder = world.folder
    built = folder / "built"
    for command in (
        ["ansible-galaxy", "collection", "build", "--output-path", built, ROOT],
        ["ansible-galaxy", "collection", "install", "--no-deps", "-p", folder / "home/.ansible/collections"],
    ):
        tarballs = list(built.glob("*.tar.gz")) if "install" in command else []
        done = subprocess.run(
            [*command, *tarballs],
            cwd=folder,
            env=world._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _copy_of_the_checkout(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
