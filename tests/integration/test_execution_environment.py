# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a rotation runs: what examples/gitops installs, and the execution environment for AWX. All from the package index, anew.

The image itself needs a base image. Name one that podman has, or can pull, and it is built and used:

    SIPTLS_EE_BASE_IMAGE=localhost/siptls-lab-debian pytest tests/integration/test_execution_environment.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

pytestmark = pytest.mark.nightly

DEFINITION = ROOT / "examples/execution-environment/execution-environment.yml"
BUILDER = "ansible-builder==3.2.0"


@dataclass(frozen=True)
class Installed:
    """A copy of examples/gitops in which ci/prepare.sh has been run.

    :ivar tarball: of the collection
    """

    folder: Path
    tarball: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder.parent), "LC_ALL": "C.UTF-8"}

    @property
    def python(self) -> Path:
        return self.folder / ".venv/bin/python"

    @property
    def collection(self) -> Path:
        return self.folder / ".collections/ansible_collections/siptls/vos"

    def run(self, *command: str | Path, environment: Mapping[str, str] | None = None) -> str:
        """What a command prints in that folder; it has to succeed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def definition(self) -> dict[str, dict[str, object]]:
        """examples/execution-environment, with the collection of this checkout in the place of the one from Galaxy."""
        definition = yaml.safe_load(DEFINITION.read_text())
        source = {"name": f"/build/collections/{self.tarball.name}", "type": "file"}
        definition["dependencies"]["galaxy"] = {"collections": [source]}
        definition["additional_build_files"] = [{"src": str(self.tarball), "dest": "collections"}]
        return definition


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """By the script of the example, with nothing taken from here but the collection."""
    folder = tmp_path_factory.mktemp("operator")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    build = ["ansible-galaxy", "collection", "build", "--output-path", folder / "built", ROOT]
    subprocess.run(build, cwd=folder, env=environment, check=True, capture_output=True, timeout=120)
    (tarball,) = (folder / "built").iterdir()
    # The example as users find it in the collection that they installed
    example = "ansible_collections/siptls/vos/examples/gitops"
    install = ["ansible-galaxy", "collection", "install", "--no-deps", "--collections-path", folder / "found", tarball]
    subprocess.run(install, cwd=folder, env=environment, check=True, capture_output=True, timeout=120)
    (folder / "found" / example).rename(folder / "fleet")
    (folder / "bin").mkdir()
    (folder / "bin/python3").symlink_to(os.path.realpath(sys.executable))
    installed = Installed(folder / "fleet", tarball)
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    installed.run("ci/prepare.sh", environment={"COLLECTION": str(tarball), "PATH": path})
    return installed


def test_prepare_installs_the_pinned_versions_and_all_that_a_rotation_needs(installed: Installed) -> None:
    versions = installed.run(installed.python, "-m", "pip", "freeze").splitlines()
    pinned = [line.split(" ; ") for line in (installed.folder / "requirements.txt").read_text().splitlines()]
    wanted = {line[0] for line in pinned if len(line) == 1 or ("<" in line[1]) == (sys.version_info < (3, 12))}
    assert len(wanted) == 2
    assert wanted <= set(versions)
    # With the inventory of the example, and its vault file made from vault.yml.example
    installed.run(
        *(installed.folder / ".venv/bin/ansible-playbook", "--inventory", "inventory/hosts.yml"),
        *("--syntax-check", "siptls.vos.rotate"),
        environment={"ANSIBLE_CONFIG": str(installed.folder / "ansible.cfg")},
    )


def test_the_example_is_for_the_version_that_it_comes_with() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    for name in ("gitops/requirements.yml", "execution-environment/requirements.yml"):
        (collection,) = yaml.safe_load((ROOT / "examples" / name).read_text())["collections"]
        assert collection == {"name": "siptls.vos", "version": version}, name


def test_an_execution_environment_has_what_the_collection_needs(installed: Installed, tmp_path: Path) -> None:
    """ansible-builder makes what an image is built from, and its own script finds the requirements and they can be installed."""
    installed.run(installed.python, "-m", "pip", "install", "--quiet", BUILDER)
    (tmp_path / "execution-environment.yml").write_text(yaml.safe_dump(installed.definition()))
    builder = installed.folder / ".venv/bin/ansible-builder"
    context = tmp_path / "context"
    create = ("create", "--file", tmp_path / "execution-environment.yml", "--context", context)
    installed.run(builder, *create)
    containerfile = (context / "Containerfile").read_text()
    asked = yaml.safe_load(DEFINITION.read_text())["dependencies"]
    core, runner = asked["ansible_core"]["package_pip"], asked["ansible_runner"]["package_pip"]
    assert f'ARG ANSIBLE_INSTALL_REFS="{core} {runner}"' in containerfile
    assert (context / "_build/collections" / installed.tarball.name).read_bytes() == installed.tarball.read_bytes()
    assert core in (installed.folder / "requirements.txt").read_text(), "the two examples run different versions"

    found = tmp_path / "requirements.txt"
    introspect = context / "_build/scripts/introspect.py"
    installed.run(
        *(installed.python, introspect, "introspect", installed.folder / ".collections"),
        *("--user-bindep", context / "_build/bindep.txt"),
        *("--write-pip", found, "--write-bindep", tmp_path / "bindep.txt"),
    )
    assert "cryptography>=42" in found.read_text()
    assert {line.split()[0] for line in (tmp_path / "bindep.txt").read_text().splitlines()} == {"git", "openssh-client"}
    installed.run(installed.python, "-m", "venv", tmp_path / "fresh")
    fresh = tmp_path / "fresh/bin"
    # This Python may be older than the one of the image
    core = core if sys.version_info >= (3, 12) else "ansible-core<2.20"
    installed.run(fresh / "python", "-m", "pip", "install", "--quiet", core, runner, "--requirement", found)
    installed.run(
        *(fresh / "ansible-playbook", "--inventory", "inventory/hosts.yml", "--syntax-check", "siptls.vos.rotate"),
        environment={"ANSIBLE_COLLECTIONS_PATH": str(installed.folder / ".collections")},
    )


@pytest.mark.skipif("SIPTLS_EE_BASE_IMAGE" not in os.environ, reason="needs a base image, see above")
def test_the_image_of_the_execution_environment_builds_and_runs(installed: Installed, tmp_path: Path) -> None:
    installed.run(installed.python, "-m", "pip", "install", "--quiet", BUILDER)
    (tmp_path / "execution-environment.yml").write_text(yaml.safe_dump(installed.definition()))
    podman = {name: value for name, value in os.environ.items() if name.startswith(("CONTAINERS_", "XDG_"))}
    installed.run(
        *(installed.folder / ".venv/bin/ansible-builder", "build", "--container-runtime", "podman"),
        *("--file", tmp_path / "execution-environment.yml", "--context", tmp_path / "context"),
        *("--tag", "localhost/siptls-ee", "--build-arg", f"EE_BASE_IMAGE={os.environ['SIPTLS_EE_BASE_IMAGE']}"),
        "--extra-build-cli-args=--network=host",
        environment=podman,
    )
    run = ("podman", "run", "--rm", "--network=none", "--volume", f"{installed.folder}/inventory:/runner/inventory:ro")
    play = ("ansible-playbook", "--inventory", "/runner/inventory/hosts.yml", "--syntax-check", "siptls.vos.rotate")
    installed.run(*run, "localhost/siptls-ee", *play, environment=podman)
    for tool in (["git", "--version"], ["ssh", "-V"], ["ansible-runner", "--version"]):
        installed.run(*run, "localhost/siptls-ee", *tool, environment=podman)
