# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that the roles run on a device, in every POSIX shell of this machine, with the real openssl."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHELL_SCRIPTS = ROOT / "plugins" / "plugin_utils" / "shell"
PREFLIGHT = (SHELL_SCRIPTS / "common.sh", SHELL_SCRIPTS / "preflight.sh")
CHECK_TLS_FILES = (ROOT / "roles" / "vos" / "files" / "check_tls_files.sh",)
SHELLS = {"sh": ["sh"], "dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "ash"]}

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="the scripts run the openssl command")


@pytest.fixture(params=[name for name, command in SHELLS.items() if shutil.which(command[0])])
def shell(request: pytest.FixtureRequest) -> list[str]:
    return SHELLS[request.param]


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(shell: list[str]) -> Run:
    """Runs scripts and then some commands, as the actions do."""

    def run(scripts: tuple[Path, ...], commands: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        program = "".join(script.read_text() for script in scripts) + commands
        executable = shutil.which(shell[0])
        environment = {**os.environ, "PATH": path or os.environ["PATH"]}
        return subprocess.run(
            [executable or shell[0], *shell[1:], "-c", program],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return run


@pytest.fixture
def preflight(run: Run) -> Callable[..., list[str]]:
    def preflight(checks: str, path: str | None = None) -> list[str]:
        done = run(PREFLIGHT, f"\nchecks={shlex.quote(checks)}\nmain\n", path)
        assert (done.returncode, done.stderr) == (0, "")
        *problems, last = done.stdout.splitlines()
        assert last == "finished "
        assert all(problem.startswith("problem ") for problem in problems)
        return [problem.removeprefix("problem ") for problem in problems]

    return preflight


def command_that_says(folder: Path, name: str, text: str) -> str:
    """A PATH on which a command of this name says ``text``, in front of the real one."""
    command = folder / "bin" / name
    command.parent.mkdir(exist_ok=True)
    command.write_text(f"#!/bin/sh\necho '{text}'\n")
    command.chmod(0o755)
    return f"{command.parent}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("version", "minimum", "good"),
    [
        ("OpenSSL 1.1.1k  FIPS 25 Mar 2021", "1.1.1", True),
        ("OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19 27 Jan 2026)", "1.1.1", True),
        ("OpenSSL 3.5.7 1 Jul 2026", "3.5", True),
        ("OpenSSL 3.10.0 1 Jul 2027", "3.5", True),
        ("OpenSSL 3.0.19 27 Jan 2026", "3.5", False),
        ("OpenSSL 1.1.1w  11 Sep 2023", "3.0", False),
        ("OpenSSL 1.1.0l  10 Sep 2019", "1.1.1", False),
        ("OpenSSL 1.0.2k-fips  26 Jan 2017", "1.1.1", False),
        ("OpenSSL 4.0.0 1 Apr 2026", "1.1.1", True),
        ("OpenSSL 4.0.0 1 Apr 2026", "3.5", True),
        ("OpenSSL 10.1.0 1 Apr 2036", "3.5", True),
        ("OpenSSL 4.0.0 1 Apr 2026", "4.0", True),
        ("OpenSSL 3.6.0 1 Oct 2025", "4.0", False),
        ("OpenSSL 3.", "1.1.1", False),
        ("OpenSSL 3.99999999999999999999.0", "1.1.1", False),
        ("LibreSSL 3.8.2", "1.1.1", False),
    ],
)
def test_the_version_of_openssl(
    preflight: Callable[..., list[str]], tmp_path: Path, version: str, minimum: str, good: bool
) -> None:
    problems = preflight(f"check_openssl {minimum}", command_that_says(tmp_path, "openssl", version))
    if good:
        assert problems == []
    else:
        assert len(problems) == 1
        assert f"expected OpenSSL {minimum} or newer; found {version};" in problems[0]


def test_no_openssl_at_all(preflight: Callable[..., list[str]], tmp_path: Path) -> None:
    assert "no openssl command" in preflight("check_openssl 1.1.1", str(tmp_path))[0]


@pytest.mark.parametrize(
    ("off", "words"), [(0, None), (250, None), (-250, None), (-4000, "s ahead"), (4000, "s behind")]
)
def test_the_clock(preflight: Callable[..., list[str]], off: int, words: str | None) -> None:
    """``off``: how many seconds the controller is ahead."""
    problems = preflight(f"check_clock {int(time.time()) + off} 300")
    if words is None:
        assert problems == []
    else:
        assert words in problems[0]
        assert "expected at most 300 s off the controller's" in problems[0]


def test_folders(preflight: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "to-nowhere").symlink_to(tmp_path / "nowhere")
    good = [tmp_path, tmp_path / "not" / "yet there", tmp_path / "to-nowhere"]
    assert preflight("\n".join(f"check_folder '{folder}'" for folder in good)) == []
    problems = preflight(f"check_folder '{tmp_path}/file/x'\ncheck_folder '{tmp_path}/file'\ncheck_folder '{tmp_path}'")
    assert problems == [
        f"{folder}: expected a folder; found something else at {tmp_path}/file; move it away"
        for folder in (f"{tmp_path}/file/x", f"{tmp_path}/file")
    ]


def test_a_folder_without_space(preflight: Callable[..., list[str]], tmp_path: Path) -> None:
    # A function, not a command: BusyBox takes its own df before any in the PATH
    df = "df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/sda1 20000 19488 512 98%% /\\n'; }"
    problems = preflight(f"{df}\ncheck_folder {tmp_path}")
    assert problems == [f"{tmp_path}: expected 1024 KiB of free space; found 512 KiB; make room"]


def test_a_read_only_file_system(preflight: Callable[..., list[str]], tmp_path: Path) -> None:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    read_only = [m[1] for m in mounts if m[3].split(",")[0] == "ro" and Path(m[1]).is_dir() and "\\" not in m[1]]
    if not read_only:
        pytest.skip("nothing is mounted read-only here")
    (problem,) = preflight(f"check_folder {read_only[0]}/x")
    assert "read-only" in problem or "may not write" in problem


def test_commands_and_accounts(preflight: Callable[..., list[str]]) -> None:
    calls = {"check_command": ("sed", "no-such-command")}
    calls |= {check: ("root", "0", f"no-such-{check[6:]}") for check in ("check_user", "check_group")}
    problems = preflight("\n".join(f"{check} {item}" for check, items in calls.items() for item in items))
    assert [problem.partition(":")[0] for problem in problems] == [
        "no-such-command", "user no-such-user", "group no-such-group",
    ]  # fmt: skip


def test_a_service_that_systemd_does_not_know(preflight: Callable[..., list[str]], tmp_path: Path) -> None:
    assert preflight("check_service vos", command_that_says(tmp_path, "systemctl", "[Unit]")) == []
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\nexit 1\n")
    (problem,) = preflight("check_service vos", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert problem.startswith("service vos: expected a service of systemd; found none of this name;")


def test_nothing_to_check_is_no_problem(preflight: Callable[..., list[str]]) -> None:
    assert preflight("") == []


@dataclass(frozen=True)
class Credentials:
    """Files as a device has them, and a like pair of somebody else."""

    folder: Path

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    folder = tmp_path_factory.mktemp("certs")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    for name in ("ca", "foreign"):
        openssl(
            "req", "-x509", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip
        openssl("req", *new_key[:-2], "-keyout", f"{name}-leaf.key", "-out", "csr", "-subj", "/CN=gw1")
        (folder / "extensions").write_text(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:gw1.example.com\n"
            "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        )
        signer = ("-CA", f"{name}.crt", "-CAkey", f"{name}.key", "-CAcreateserial", "-days", "1")
        openssl("x509", "-req", "-in", "csr", *signer, "-out", f"{name}-leaf.crt", "-extfile", "extensions")
    openssl("pkey", "-in", "ca-leaf.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key")
    (folder / "empty").touch()
    return Credentials(folder)


@pytest.fixture
def checked(run: Run, tmp_path: Path) -> Callable[[str], tuple[int, str]]:
    """The exit status and the message for the text of a tls.conf."""

    def checked(text: str) -> tuple[int, str]:
        conf = tmp_path / "staged tls.conf"
        conf.write_text(text)
        keys = "tls_server cert_file key_file ca_file ciphers groups"
        done = run(CHECK_TLS_FILES, f"\n(check_tls_files '{conf}' {keys})\n")
        return done.returncode, done.stderr

    return checked


def conf_with(files: Credentials, **changed: str) -> str:
    settings = {
        "port": "5061",
        "cert_file": files["ca-leaf.crt"],
        "key_file": files["ca-leaf.key"],
        "ca_file": files["ca.crt"],
        "ciphers": "ECDHE+AESGCM:ECDHE+CHACHA20",
        "groups": "X25519:P-256",
        **changed,
    }
    lines = "\n".join(f"{key} = {value}" for key, value in settings.items())
    return f"[other]\ncert_file = /nonexistent\n\n[tls_server]\n{lines}\n\n[tls_client]\nkey_file = /nonexistent\n"


def test_a_configuration_that_works(checked: Callable[[str], tuple[int, str]], files: Credentials) -> None:
    assert checked(conf_with(files)) == (0, "")
    assert checked(conf_with(files).replace("\n", "\r\n").replace(" = ", "=")) == (0, "")
    assert checked(conf_with(files, ciphers="", groups="")) == (0, "")
    assert checked(conf_with(files).replace(" = ", ": ")) == (0, "")
    assert checked(f"\ufeff{conf_with(files)}".replace("[other]", "[tls_server]\nport = 1\n[other]")) == (0, "")


@pytest.mark.parametrize(("usage", "is_accepted"), [("keyUsage=critical,keyCertSign,cRLSign\n", True), ("", False)])
def test_root_without_key_usage_is_a_trust_anchor_and_an_intermediate_without_it_is_refused(
    checked: Callable[[str], tuple[int, str]], tmp_path: Path, usage: str, is_accepted: bool
) -> None:
    """The root is as the requirement's command makes it, with OpenSSL's own default extensions."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    identifiers = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    new_key = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *new_key, "-days", "3650", "-subj", "/CN=Root", "-keyout", "root.key", "-out", "root.crt")
    extensions = {
        "issuing": f"basicConstraints=critical,CA:TRUE,pathlen:0\n{usage}{identifiers}",
        "leaf": f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:a.b\n{identifiers}",
    }
    for name, issuer in (("issuing", "root"), ("leaf", "issuing")):
        (tmp_path / f"{name}.cnf").write_text(extensions[name])
        openssl("req", "-new", *new_key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        signer = ("-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key", "-CAcreateserial", "-days", "10")
        openssl("x509", "-req", "-in", f"{name}.csr", *signer, "-extfile", f"{name}.cnf", "-out", f"{name}.crt")
    for name, parts in (("chain.crt", ("leaf", "issuing")), ("bundle.crt", ("root", "issuing"))):
        (tmp_path / name).write_text("".join((tmp_path / f"{part}.crt").read_text() for part in parts))
    paths = {"cert_file": "chain.crt", "key_file": "leaf.key", "ca_file": "bundle.crt"}
    lines = "".join(f"{key} = {tmp_path / name}\n" for key, name in paths.items())
    status, message = checked(f"[tls_server]\n{lines}")
    assert (status == 0) is is_accepted, message
    assert is_accepted or "error 92 at 1 depth" in message


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (
            "cert_file",
            "/nonexistent",
            "cert_file: expected a file on this device; found /nonexistent, which is missing or empty",
        ),
        ("key_file", "{empty}", "key_file: expected a file on this device"),
        ("ca_file", "", "ca_file: expected a file on this device; found nothing"),
        ("cert_file", "{foreign-leaf.crt}", "cert_file: expected the certificate of the key"),
        ("key_file", "{foreign-leaf.key}", "cert_file: expected the certificate of the key"),
        ("key_file", "{locked.key}", "key_file: expected a private key without a passphrase"),
        ("key_file", "{ca.crt}", "key_file: expected a private key without a passphrase"),
        ("ca_file", "{foreign.crt}", "ca_file: expected anchors that verify"),
        ("ciphers", "NO-SUCH-CIPHER", "ciphers: expected a cipher string that selects something on this device"),
        ("groups", "X25519:P-999", "groups: expected groups that the OpenSSL of this device knows"),
    ],
)
def test_a_configuration_that_would_not_work(
    checked: Callable[[str], tuple[int, str]], files: Credentials, key: str, value: str, words: str
) -> None:
    path = files[value.strip("{}")] if value.startswith("{") else value
    status, message = checked(conf_with(files, **{key: path}))
    assert status == 1
    assert message.startswith(f"[tls_server] {words}")


# Prints a ruleset larger than what is sent; without the elements of its sets (-t) it is short
NFT = """#!/bin/sh
case "$*" in
  '-j list ruleset') printf '{"nftables": ["'; head -c 600000 /dev/zero | tr '\\0' x; printf '"]}\\n' ;;
  '-j -t list ruleset') echo '{"nftables": []}' ;;
  'list ruleset')
    printf 'table inet a {\\n\\tchain c {\\n\\t\\tcomment "flags dormant"\\n\\t}\\n}\\n'
    printf 'table ip b {\\n\\tflags dormant\\n}\\ntable ip6 c {\\n\\tflags owner,dormant\\n}\\n' ;;
esac
"""


def test_a_ruleset_above_the_limit_is_told_without_elements_and_with_its_dormant_tables(
    run: Run, tmp_path: Path
) -> None:
    for name, text in (("nft", NFT), ("iptables-save", "#!/bin/sh\nexit 1\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    scripts = tuple(SHELL_SCRIPTS / name for name in ("common.sh", "tell.sh", "packet_filter.sh", "diagnosis_look.sh"))
    done = run(scripts, "\nset +e\ntell_filter\n", f"{tmp_path}:{os.environ['PATH']}")
    lines = done.stdout.splitlines()
    assert lines[0] == "nft "
    assert lines[1] == ' {"nftables": []}'
    assert [line for line in lines[2:] if line.strip()][:4] == [" flags", " terse", " dormant ip b", " dormant ip6 c"]
