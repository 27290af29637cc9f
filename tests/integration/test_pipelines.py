# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/gitops, on GitHub and on GitLab: scheduled rotation, a plan for a merge request, and a record that is never lost.

See pipelines.py. The repository has a remote on the disk; the fleet is folders of this machine.
"""

from __future__ import annotations

import functools
import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptls.vos.tests.integration.pipelines import GitHub, GitLab, Job, Service, git
from ansible_collections.siptls.vos.tests.integration.playground import NO_PYTHON, ROOT
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

pytestmark = pytest.mark.nightly

EXAMPLE = ROOT / "examples/gitops"
HOSTS = ("vos", "gw1", "gw2")
PASSPHRASES = {"vault_pki_root_passphrase": "root-Aeb7eeph", "vault_pki_issuing_passphrase": "issuing-oX5oozae"}
VAULT_PASSWORD = "vault-eeQu0iep"

# A gateway that is told to read its new certificate does so, and registers with it. Files in its folder tell what else happens then.
RELOAD = """\
#!/bin/sh
# reload DEVICE
cd "${0%/*}/devices/$1" || exit
echo reloaded >>reloads
if [ -e look ]; then
  env >look/environment
  ls -ln "$TMPDIR"/* >look/files
  ls -ln "$TMPDIR" >look/folders
  for process in /proc/[0-9]*; do tr '\\0' ' ' <"$process/cmdline"; echo; done >look/commands 2>/dev/null
fi
if [ -e push ]; then sh push; rm push; fi
if [ -e hang ]; then
  touch hanging
  while [ -e hang ]; do sleep 0.05; done
fi
if [ -e etc/gateway.conf ] && [ ! -e broken ]; then
  echo "sip:$1@example.com $(openssl x509 -in etc/certs/gateway.crt -noout -serial | cut -d= -f2) -" >registered
fi
"""


@dataclass
class Estate:
    """A repository and the devices that it is about.

    :ivar remote: the repository, bare
    :ivar secrets: of the project that holds it
    """

    folder: Path
    secrets: dict[str, str]

    @property
    def remote(self) -> Path:
        return self.folder / "remote.git"

    def device(self, host: str) -> Path:
        return self.folder / "devices" / host

    def environment(self, folder: Path) -> dict[str, str]:
        """Of a runner with a home of its own, and with the tools and the collection that are here instead of installed ones."""
        (folder / "home").mkdir(parents=True)
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            # Below it are sockets, whose paths have to be short
            "TMPDIR": tempfile.mkdtemp(prefix="siptls-"),
            "LC_ALL": "C.UTF-8",
            "TOOLS": sys.prefix,
            "COLLECTION": str(next(self.folder.glob("siptls-vos-*.tar.gz"))),
            "PAUSES": "0 0.1 0.2",
        }

    def propose(self, branch: str, *due: str, gw2: Mapping[str, Any] | None = None) -> None:
        """A branch on which these gateways are renewed earlier, and so are due.

        :param gw2: other variables of this gateway
        """
        clone = self.folder / f"clone-{branch}"
        git("clone", "--quiet", self.remote, clone, at=self.folder)
        inventory = self.inventory(due)
        inventory["gateways"]["hosts"]["gw2"].update(gw2 or {})
        (clone / "inventory/hosts.yml").write_text(json.dumps(inventory, indent=1))
        git("commit", "--quiet", "--all", "--message", f"Renew {due} earlier", at=clone)
        git("push", "--quiet", "origin", f"HEAD:{branch}", at=clone)
        shutil.rmtree(clone)

    def inventory(self, due: tuple[str, ...]) -> dict[str, Any]:
        """That of the example, with hosts that are folders. Certificates are for 40 days, those who are due want 45 left."""

        def life(kind: str, host: str) -> dict[str, str]:
            times = ("90d", "45d") if host in due else ("40d", "10d")
            return dict(zip((f"{kind}_certificate_valid_for", f"{kind}_certificate_renew_before"), times, strict=True))

        gateways = {
            host: {
                "gateway_conf": f"{self.device(host)}/etc/gateway.conf",
                "gateway_certificates_directory": f"{self.device(host)}/etc/certs",
                "gateway_reload_command": f"{self.folder}/reload {host}",
                "gateway_calls_command": "echo 0",
                "gateway_registered_within": "1s",
                # Nobody listens
                "gateway_connection_proof": "none",
                **life("gateway", host),
            }
            for host in ("gw1", "gw2")
        }
        softswitch = {
            "vos_conf_directory": f"{self.device('vos')}/etc",
            "vos_reload_command": f"{self.folder}/reload vos",
            "vos_registrations_command": f"cat {self.folder}/devices/*/registered",
            "vos_xml_schema_check": False,
            "vos_crl_file": f"{self.device('vos')}/etc/crl.pem",
            # It needs systemd
            "vos_crl_alarm": False,
            "vos_listener_proof": "none",
            **life("vos", "vos"),
        }
        here = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": NO_PYTHON}
        return {
            "softswitches": {"hosts": {"vos": {**here, **softswitch}}},
            "gateways": {"hosts": gateways, "vars": here},
        }

    def tip(self, branch: str = "main") -> str:
        return git("rev-parse", branch, at=self.remote).strip()

    def recorded(self, host: str) -> set[str]:
        """Serial numbers of the certificates of a device that are on the branch main."""
        folder = f"inventory/pki/certificates/{host}"
        listed = git("ls-tree", "-r", "--name-only", "main", folder, at=self.remote)
        return {Path(line).stem for line in listed.splitlines()}

    def serial(self, host: str) -> str:
        """Of the certificate that a device uses."""
        name = "vos_server.crt" if host == "vos" else "gateway.crt"
        path = self.device(host) / "etc/certs" / name
        said = subprocess.run(
            ["openssl", "x509", "-in", path, "-noout", "-serial"], capture_output=True, text=True, check=True
        )
        return said.stdout.strip().removeprefix("serial=").lower()


def build(folder: Path) -> None:
    """The tarball of the collection."""
    done = subprocess.run(
        ["ansible-galaxy", "collection", "build", "--output-path", folder, ROOT],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def made_estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """Set up by hand as README.md of the example says: siptls.vos.site once, and what it issued pushed."""
    folder = tmp_path_factory.mktemp("estate")
    build(folder)
    (folder / "reload").write_text(RELOAD)
    (folder / "reload").chmod(0o755)
    (folder / "bin").mkdir()
    # GitHub's own tool, which its runners have
    (folder / "bin/gh").write_text(
        '#!/bin/sh\nset -eu\n[ "$1 $2 $4" = "pr comment --body-file" ]\n[ -n "$GH_TOKEN" ]\ncat "$5" >>"$GITHUB_STEP_SUMMARY"\n'
    )
    (folder / "bin/gh").chmod(0o755)
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    estate = Estate(
        folder,
        {
            "VAULT_PASSWORD": VAULT_PASSWORD,
            # As a form in a browser has it: without the last line end
            "SSH_PRIVATE_KEY": key.decode().strip().replace("\n", "\r\n"),
            "SSH_KNOWN_HOSTS": "gw1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
        },
    )
    git("init", "--quiet", "--bare", "--initial-branch=main", estate.remote, at=folder)
    operator = folder / "operator"
    git("clone", "--quiet", estate.remote, operator, at=folder)
    git("checkout", "--quiet", "-b", "main", at=operator)
    shutil.copytree(EXAMPLE, operator, dirs_exist_ok=True)
    (operator / "inventory/hosts.yml").write_text(json.dumps(estate.inventory(()), indent=1))
    vault = operator / "inventory/group_vars/all/vault.yml"
    vault.write_text(yaml.safe_dump(PASSPHRASES))
    password = folder / "password"
    password.write_text(VAULT_PASSWORD)
    environment = {**estate.environment(folder / "first"), **estate.secrets, "BRANCH": "main"}
    subprocess.run(
        ["ansible-vault", "encrypt", "--vault-password-file", password, vault],
        env=environment, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    git("add", "--all", at=operator)
    git("commit", "--quiet", "--message", "The fleet", at=operator)
    git("push", "--quiet", "origin", "main", at=operator)
    for host in HOSTS:
        estate.device(host).mkdir(parents=True)
    first = ["ci/play.sh", "siptls.vos.site", "--extra-vars", "pki_require_pinned_roots=false"]
    for command in (["ci/prepare.sh"], first, ["ci/keep.sh"]):
        if command == ["ci/keep.sh"]:
            pin_root(operator)
        done = subprocess.run(
            command, cwd=operator, env=environment, capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr
    os.rmdir(environment["TMPDIR"])
    assert all(estate.recorded(host) == {estate.serial(host)} for host in HOSTS)
    for name in ("devices", "remote.git"):
        shutil.copytree(folder / name, folder / "as-made" / name, symlinks=True)
    return estate


def pin_root(operator: Path) -> None:
    """As README.md of the example says: no run of a pipeline begins without it."""
    root = x509.load_pem_x509_certificate((operator / "inventory/pki/authorities/root/certificate.pem").read_bytes())
    with (operator / "inventory/group_vars/all/fleet.yml").open("a") as stream:
        stream.write(f'pki_root_fingerprints: ["{root.fingerprint(hashes.SHA256()).hex(":").upper()}"]\n')
    git("commit", "--quiet", "--all", "--message", "Pin the root", at=operator)


@pytest.fixture
def estate(made_estate: Estate) -> Estate:
    """As it was made: at the same paths, which its configuration names."""
    for name in ("devices", "remote.git"):
        shutil.rmtree(made_estate.folder / name)
        shutil.copytree(made_estate.folder / "as-made" / name, made_estate.folder / name, symlinks=True)
    return made_estate


# What only the scripts do, which both share, is tested with one of them.
@pytest.fixture(params=["github", "gitlab"])
def service(request: pytest.FixtureRequest, estate: Estate, tmp_path: Path) -> Iterator[Service]:
    """What runs the pipelines. When the test is over, no secret has been left anywhere."""
    if request.param == "github":
        kind, secrets = GitHub, estate.secrets
    else:
        # A variable of type File is the path of one, and anybody may read it
        (tmp_path / "SSH_PRIVATE_KEY").write_text(estate.secrets["SSH_PRIVATE_KEY"])
        kind, secrets = GitLab, {**estate.secrets, "SSH_PRIVATE_KEY": str(tmp_path / "SSH_PRIVATE_KEY")}
    folder = tmp_path / "service"
    service = kind(folder, estate.remote, estate.environment(folder), secrets)
    yield service
    service.kill()
    assert_no_secret(estate, service)
    os.rmdir(service.environment["TMPDIR"])


def assert_no_secret(estate: Estate, service: Service) -> None:
    """None is in an output, an artifact, a file of the checkout, a temporary file, or a commit."""
    keys = [estate.secrets["SSH_PRIVATE_KEY"]]
    keys += [path.read_text() for path in (estate.folder / "devices").rglob("*.key") if path.is_file()]
    secrets = {line.strip() for key in keys for line in key.splitlines() if not line.startswith("-----")}
    secrets |= {*PASSPHRASES.values(), VAULT_PASSWORD}
    assert len(secrets) > 10
    objects = git("cat-file", "--batch-all-objects", "--batch-check", at=estate.remote)
    commits = "".join(
        git("cat-file", "-p", line.split()[0], at=estate.remote)
        for line in objects.splitlines()
        if " tree " not in line
    )
    assert "BEGIN CERTIFICATE" in commits
    assert "$ANSIBLE_VAULT" in commits
    places = {"a commit": commits}
    for path in service.folder.rglob("*"):
        if path.is_file() and ".collections" not in path.parts:
            places[str(path)] = path.read_text(errors="replace")
    for place, text in places.items():
        for secret in secrets:
            assert secret not in text, f"a secret is in {place}"
    assert os.listdir(service.environment["TMPDIR"]) == []


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def outcomes(job: Job) -> dict[str, str]:
    """By device, from the report among the artifacts; the report for people says the same."""
    report = json.loads((job.artifacts / "report/rotation.json").read_text())
    found = {device["device"]: device["outcome"] for device in report["devices"]}
    summary = (job.artifacts / "report/summary.md").read_text()
    for device, outcome in found.items():
        row = f"| `{device}` | {outcome.replace('_', ' ')} |"
        assert (row in summary) == (outcome != "unchanged")
    assert job.told in ("", summary)
    assert (job.artifacts / "report/log.txt").stat().st_size
    return found


def test_a_plan_names_who_is_due_and_changes_nothing(service: Service, estate: Estate) -> None:
    estate.propose("gw1-earlier", "gw1")
    before = files_below(estate.folder / "devices"), git("show-ref", at=estate.remote)
    job = service.plan("gw1-earlier")
    assert job.rc == 0, job.output
    assert (files_below(estate.folder / "devices"), git("show-ref", at=estate.remote)) == before
    assert git("status", "--porcelain", at=service.workspace) == ""
    assert outcomes(job) == {"vos": "unchanged", "gw1": "due", "gw2": "unchanged"}
    summary = (job.artifacts / "report/summary.md").read_text()
    assert "renewal due" in summary
    # The same schedule keeps the CRLs: the run looked at those of the softswitch
    assert "- CRLs of `vos`: current\n" in summary
    if isinstance(service, GitHub):
        assert "| `gw1` | due |" in job.told, "there is no comment on the pull request"


def test_a_scheduled_run_renews_and_keeps_and_the_next_one_does_nothing(service: Service, estate: Estate) -> None:
    before = {host: estate.serial(host) for host in HOSTS}
    estate.propose("main", "gw1")
    job = service.rotate()
    assert job.rc == 0, job.output
    assert estate.serial("gw1") != before["gw1"]
    assert {host: estate.serial(host) for host in ("vos", "gw2")} == {host: before[host] for host in ("vos", "gw2")}
    assert estate.recorded("gw1") == {before["gw1"], estate.serial("gw1")}
    assert outcomes(job) == {"vos": "unchanged", "gw1": "renewed", "gw2": "unchanged"}

    kept, devices = estate.tip(), files_below(estate.folder / "devices")
    again = service.rotate()
    assert again.rc == 0, again.output
    assert estate.tip() == kept
    assert files_below(estate.folder / "devices") == devices
    assert outcomes(again) == dict.fromkeys(HOSTS, "unchanged")


@pytest.mark.parametrize("service", ["github"], indirect=True)
def test_a_run_that_fails_half_way_fails_and_keeps_what_was_issued(service: Service, estate: Estate) -> None:
    before = {host: estate.serial(host) for host in HOSTS}
    estate.propose("main", "gw1", "gw2")
    (estate.device("gw2") / "broken").touch()
    job = service.rotate()
    assert job.rc != 0, job.output
    assert estate.recorded("gw1") == {before["gw1"], estate.serial("gw1")}
    assert len(estate.recorded("gw2")) == 2, "the certificate that gw2 could not use was issued all the same"
    assert outcomes(job)["gw2"] == "rolled_back", job.output


@pytest.mark.parametrize("service", ["gitlab"], indirect=True)
def test_what_others_push_meanwhile_stays_and_a_refused_push_is_tried_again(service: Service, estate: Estate) -> None:
    estate.propose("main", "gw1")
    other = estate.folder / "other"
    shutil.rmtree(other, ignore_errors=True)
    git("clone", "--quiet", estate.remote, other, at=estate.folder)
    # While gw1 takes up its certificate, another controller pushes one
    (estate.device("gw1") / "push").write_text(
        f"cd {other} && mkdir inventory/pki/certificates/gw9 && echo other >inventory/pki/certificates/gw9/1.pem && git add . &&"
        " git -c user.name=O -c user.email=o@example.com commit --quiet --message Other && git push --quiet"
    )
    # And the first push comes at a bad time
    hook = estate.remote / "hooks/update"
    hook.write_text(
        f'#!/bin/sh\ncase $(git log -1 --format=%s "$3") in Keep*) mkdir {estate.remote}/tried 2>/dev/null && exit 1; esac; :\n'
    )
    hook.chmod(0o755)
    job = service.rotate()
    assert job.rc == 0, job.output
    assert (estate.remote / "tried").is_dir()
    assert estate.recorded("gw9") == {"1"}
    assert estate.serial("gw1") in estate.recorded("gw1")
    assert git("log", "--merges", "main", at=estate.remote) == ""


def when_there_is(path: Path, act: Any) -> Any:
    """Acts once, as soon as there is a file while a step runs."""

    def interfere(process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            if path.exists():
                path.unlink()
                act(process)
                return
            time.sleep(0.01)

    return interfere


@pytest.mark.parametrize(("service", "machine"), [("github", "stays"), ("gitlab", "is gone")], indirect=["service"])
def test_a_killed_run_is_completed_by_the_next(service: Service, estate: Estate, machine: str) -> None:
    before = {host: estate.serial(host) for host in HOSTS}
    estate.propose("main", "gw1", "gw2")
    kept = estate.tip()
    (estate.device("gw2") / "hang").touch()
    killed = service.rotate(
        lost=True, interfere=when_there_is(estate.device("gw2") / "hanging", lambda process: service.kill())
    )
    assert killed.rc in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert estate.tip() == kept, "there was nobody left to keep anything"
    assert_secrets_are_nobody_elses(service)
    if machine == "is gone":
        shutil.rmtree(service.workspace)
    (estate.device("gw2") / "hang").unlink()

    job = service.rotate()
    assert job.rc == 0, job.output
    for host in ("gw1", "gw2"):
        assert estate.serial(host) != before[host]
        assert {before[host], estate.serial(host)} <= estate.recorded(host)


def assert_secrets_are_nobody_elses(service: Service) -> None:
    """What a run that was killed could not remove."""
    (left,) = Path(service.environment["TMPDIR"]).iterdir()
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in left.iterdir()}
    assert modes == dict.fromkeys(("VAULT_PASSWORD", "SSH_PRIVATE_KEY", "SSH_KNOWN_HOSTS"), 0o600)
    shutil.rmtree(left)


@pytest.mark.parametrize("service", ["gitlab"], indirect=True)
def test_a_cancelled_run_keeps_what_was_issued_and_leaves_no_secret(service: Service, estate: Estate) -> None:
    estate.propose("main", "gw1", "gw2")
    (estate.device("gw2") / "hang").touch()

    def cancel(process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGTERM)
        (estate.device("gw2") / "hang").unlink()

    job = service.rotate(interfere=when_there_is(estate.device("gw2") / "hanging", cancel))
    assert job.rc != 0, job.output
    end = time.monotonic() + 60
    while service.processes():
        assert time.monotonic() < end, "what was cancelled does not end"
        time.sleep(0.05)
    for host in ("gw1", "gw2"):
        assert estate.serial(host) in estate.recorded(host), job.output
    assert len(estate.recorded("gw2")) == 2, job.output


def test_the_secrets_are_in_files_of_their_own_and_nowhere_else(service: Service, estate: Estate) -> None:
    """Seen from a device in the middle of a run, and by programs that write down how they were called."""
    estate.propose("main", "gw1")
    look = estate.device("gw1") / "look"
    look.mkdir()
    called = service.folder / "called"
    watched = service.folder / "watched"
    watched.mkdir()
    for name in ("cat", "git", "mkdir", "mktemp", "rm", "sleep", "tr", "wc"):
        program = watched / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$0 $*" >>{called}\nexec {shutil.which(name)} "$@"\n')
        program.chmod(0o755)
    service.environment = {**service.environment, "PATH": f"{watched}:{service.environment['PATH']}"}
    job = service.rotate()
    assert job.rc == 0, job.output
    assert re.fullmatch(r"total \d+\ndrwx------ .*\n", (look / "folders").read_text())
    files = {line.split()[-1]: line.split()[0] for line in (look / "files").read_text().splitlines()[1:]}
    assert files == dict.fromkeys(("VAULT_PASSWORD", "SSH_PRIVATE_KEY", "SSH_KNOWN_HOSTS"), "-rw-------")
    seen = (
        "".join((look / name).read_text(errors="replace") for name in ("environment", "commands")) + called.read_text()
    )
    assert "ansible-playbook" in seen
    assert "/git push" in seen
    for secret in (VAULT_PASSWORD, *PASSPHRASES.values(), *estate.secrets["SSH_PRIVATE_KEY"].splitlines()[1:-1]):
        assert secret.strip() not in seen


@pytest.mark.parametrize("service", ["github"], indirect=True)
def test_what_cannot_be_pushed_is_put_aside(service: Service, estate: Estate, tmp_path: Path) -> None:
    estate.propose("main", "gw1")
    hook = estate.remote / "hooks/update"
    hook.write_text("#!/bin/sh\necho the branch is protected\nexit 1\n")
    hook.chmod(0o755)
    job = service.rotate()
    assert job.rc != 0
    assert "the branch is protected" in job.output
    assert "unpushed.bundle" in job.output
    hook.unlink()
    clone = tmp_path / "clone"
    git("clone", "--quiet", estate.remote, clone, at=tmp_path)
    git("pull", "--quiet", "--rebase", job.artifacts / "report/unpushed.bundle", "HEAD", at=clone)
    git("push", "--quiet", at=clone)
    assert estate.serial("gw1") in estate.recorded("gw1")


def test_whoever_may_not_push_issues_nothing(service: Service, estate: Estate) -> None:
    estate.propose("main", "gw1")
    before = files_below(estate.folder / "devices")
    elsewhere = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "remote.origin.pushurl", "GIT_CONFIG_VALUE_0": "/nowhere"}
    service.environment = {**service.environment, **elsewhere}
    job = service.rotate()
    assert job.rc != 0
    assert "cannot push to main" in job.output
    assert files_below(estate.folder / "devices") == before
    assert git("status", "--porcelain", at=service.workspace) == ""


@pytest.mark.parametrize("name", ["VAULT_PASSWORD", "SSH_PRIVATE_KEY", "SSH_KNOWN_HOSTS"])
def test_a_secret_that_is_missing_is_named(service: Service, estate: Estate, name: str) -> None:
    estate.propose("main", "gw1")
    before = files_below(estate.folder / "devices")
    service.secrets = {**service.secrets, name: ""}
    job = service.rotate()
    assert job.rc != 0
    assert f"expected the secret {name}, found nothing" in job.output
    assert files_below(estate.folder / "devices") == before


@pytest.fixture
def sshd(estate: Estate, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A real SSH server, which lets in whoever has the key that is among the secrets: variables that make a device reached by it."""
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("there is no sshd; on Debian: apt-get install openssh-server")
    host_key = ed25519.Ed25519PrivateKey.generate()
    (tmp_path / "host_key").touch(0o600)
    (tmp_path / "host_key").write_bytes(
        host_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
    )
    own = serialization.load_ssh_private_key((estate.secrets["SSH_PRIVATE_KEY"] + "\n").encode(), None)
    formats = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    (tmp_path / "authorized_keys").write_bytes(own.public_key().public_bytes(*formats))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "ListenAddress": f"127.0.0.1:{port}",
        "HostKey": tmp_path / "host_key",
        "AuthorizedKeysFile": tmp_path / "authorized_keys",
        "PidFile": "none",
        "StrictModes": "no",
        # Without it sshd lets nobody in whose password is locked, as root's is on many machines
        "UsePAM": "yes",
        "PermitRootLogin": "yes",
        "PasswordAuthentication": "no",
    }
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    settings = [f"-o{name}={value}" for name, value in options.items()]
    server = subprocess.Popen([program, "-D", "-f", "/dev/null", *settings], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    with socket.socket() as client:
        while client.connect_ex(("127.0.0.1", port)):
            assert server.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
    yield {
        "ansible_connection": "ssh",
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_user": pwd.getpwuid(os.geteuid()).pw_name,
        "host_key": host_key.public_key().public_bytes(*formats).decode(),
    }
    server.terminate()
    server.wait(30)


@pytest.mark.parametrize("known", [True, False], ids=["known host key", "another host key"])
def test_a_device_is_reached_by_ssh_if_its_host_key_is_known(
    service: Service, estate: Estate, sshd: dict[str, Any], known: bool
) -> None:
    before = files_below(estate.folder / "devices")
    estate.propose("main", "gw2", gw2=sshd)
    kind, key = (sshd["host_key"] if known else estate.secrets["SSH_KNOWN_HOSTS"].split(" ", 1)[1]).split()
    service.secrets = {**service.secrets, "SSH_KNOWN_HOSTS": f"[127.0.0.1]:{sshd['ansible_port']} {kind} {key}\n"}
    job = service.rotate()
    if known:
        assert job.rc == 0, job.output
        assert outcomes(job)["gw2"] == "renewed"
    else:
        assert job.rc != 0, job.output
        assert outcomes(job)["gw2"] == "unreachable"
        assert files_below(estate.folder / "devices") == before


@pytest.fixture
def clone(estate: Estate, tmp_path: Path) -> Path:
    """Of a machine that runs the scripts by a timer, where nobody tidies up between two runs."""
    clone = tmp_path / "fleet"
    git("clone", "--quiet", estate.remote, clone, at=tmp_path)
    return clone


def test_what_a_killed_git_left_behind_stops_nobody(estate: Estate, clone: Path, tmp_path: Path) -> None:
    issued = clone / "inventory/pki/certificates/gw9/1.pem"
    issued.parent.mkdir()
    issued.write_text("issued\n")
    git("add", ".", at=clone)
    git("commit", "--quiet", "--message", "Keep", at=clone)
    # Stopped in the middle, as by a SIGKILL
    git("rebase", "--quiet", "--interactive", "HEAD~", at=clone, environment={"GIT_SEQUENCE_EDITOR": "sed -i 1ibreak"})
    (clone / ".git/index.lock").touch()
    environment = {**estate.environment(tmp_path), "BRANCH": "main"}
    keep = functools.partial(subprocess.run, "ci/keep.sh", cwd=clone, env=environment, capture_output=True, text=True)
    busy = keep()
    assert busy.returncode != 0, "somebody else may be at it"
    assert "index.lock" in busy.stderr
    for path in (clone / ".git/rebase-merge", clone / ".git/index.lock"):
        os.utime(path, (time.time() - 700,) * 2)
    done = keep()
    assert done.returncode == 0, done.stderr
    assert estate.recorded("gw9") == {"1"}
    os.rmdir(environment["TMPDIR"])


def test_what_was_issued_is_kept_whatever_a_merge_request_lets_git_ignore(tmp_path: Path) -> None:
    """An ignored record would be gone with the runner, and with it that the certificate was issued or revoked."""
    remote, clone = tmp_path / "remote.git", tmp_path / "clone"
    git("init", "--quiet", "--bare", "--initial-branch=main", remote, at=tmp_path)
    git("clone", "--quiet", remote, clone, at=tmp_path)
    git("checkout", "--quiet", "-B", "main", at=clone)
    shutil.copytree(EXAMPLE / "ci", clone / "ci")
    pki = clone / "inventory/pki"
    issued = [
        "certificates/gw1/aa.pem",
        "keys/aa/bb.txt",
        "revocations/issuing/cc.txt",
        "revocation_lists/issuing/1.pem",
    ]
    not_for_git = ["certificates/gw1/.dd.pem.tmp", ".locks/authorities", "authorities/issuing/private_key.pem"]
    (pki / "certificates").mkdir(parents=True)
    (pki / ".gitignore").write_text(".*.tmp\n/.locks/\nprivate_key.pem\n/certificates/\nkeys/\nrev*\n")
    (pki / "certificates/.gitignore").write_text("*\n")
    git("add", "--all", at=clone)
    git("commit", "--quiet", "--message", "Ignore files", at=clone)
    git("push", "--quiet", "origin", "main", at=clone)
    for name in (*issued, *not_for_git):
        (pki / name).parent.mkdir(parents=True, exist_ok=True)
        (pki / name).write_text("x\n")
    done = subprocess.run(
        ["sh", "ci/keep.sh"],
        cwd=clone,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "BRANCH": "main", "PAUSES": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    listed = git("ls-tree", "-r", "--name-only", "main", "inventory/pki", at=remote).splitlines()
    assert sorted(listed) == sorted(f"inventory/pki/{name}" for name in (*issued, ".gitignore"))


def test_whoever_traces_the_script_sees_no_secret(estate: Estate, clone: Path, tmp_path: Path) -> None:
    environment = {**estate.environment(tmp_path), **estate.secrets}
    done = subprocess.run(
        ["sh", "-x", "ci/play.sh", "--version"], cwd=clone, env=environment, capture_output=True, text=True, check=True
    )
    assert "ansible-playbook" in done.stdout
    for secret in (VAULT_PASSWORD, estate.secrets["SSH_PRIVATE_KEY"].splitlines()[1]):
        assert secret not in done.stderr
    os.rmdir(environment["TMPDIR"])


def test_the_playbook_for_awx_keeps_what_was_issued(estate: Estate, clone: Path, tmp_path: Path) -> None:
    """In a clone on a volume, which is all that stays of a job."""
    (clone / "inventory/pki/certificates/gw9").mkdir()
    (clone / "inventory/pki/certificates/gw9/1.pem").write_text("issued\n")
    environment = {**estate.environment(tmp_path / "job"), "ANSIBLE_NOCOLOR": "1"}
    environment["PATH"] = f"{sys.prefix}/bin:{environment['PATH']}"
    for changed in (1, 0):
        done = subprocess.run(
            ["ansible-playbook", "--inventory", "localhost,", "-e", f"fleet_directory={clone}", "awx/keep.yml"],
            cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"changed={changed} " in done.stdout
        assert estate.recorded("gw9") == {"1"}
    os.rmdir(environment["TMPDIR"])
