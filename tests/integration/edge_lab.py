# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edge as it would be at a site, with Debian's Kamailio and rtpengine, a switch behind it, and an outside: three network namespaces.

The programs come from folders that ``tools/bootstrap edge`` makes, one for each release of Debian, and run in them by chroot. systemd is
not there, so nothing of it is tested here; rtpengine runs as root.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.edge.settings import Edge, Outside, Switch, edge_settings
from ansible_collections.siptls.vos.tests.integration.network import NetworkHost
from ansible_collections.siptls.vos.tests.shared.probe_material import (
    ISSUING,
    OF_SERVERS,
    ROOT,
    key,
    key_pem,
    leaf,
    pem,
)
from ansible_collections.siptls.vos.tests.shared.probe_material import revocation_list as crl_of
from cryptography import x509
from jinja2 import Environment, FileSystemLoader, StrictUndefined

COLLECTION = Path(__file__).parents[2]
ROOTS = Path(os.environ.get("SIPTLS_EDGE_ROOTS", COLLECTION / ".cache/edge"))
TEMPLATES = Path(__file__).parent / "edge_templates"
OUTSIDE, INSIDE, SWITCH = "192.0.2.1", "10.20.0.1", "10.20.0.2"
GATEWAYS = ("192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.66")
DOMAIN = {
    "name": "example.com",
    "state": "present",
    "transport": "tls",
    "port": 5061,
    "tls_verify": True,
    "srtp_require": True,
    "srtp_auth": "sdes",
    "srtp_suites": [],
}
TLS = {
    "certificate": "/etc/siptls-edge/edge.crt",
    "private_key": "/etc/siptls-edge/edge.key",
    "trust_bundle": "/etc/siptls-edge/ca.crt",
    "crl": "/etc/siptls-edge/crl.pem",
    "ciphers": "ECDHE+AESGCM:ECDHE+CHACHA20",
    "groups": "",
    "min_version": "TLSv1.2",
    "session_cache": True,
}


def rendered(edge: Edge) -> dict[str, str]:
    """The files of the platform, as Ansible's templates would render them."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,
    )
    names = ("kamailio.cfg", "tls.cfg", "openssl.cnf", "rtpengine.conf")
    settings = edge_settings(edge)
    return {name: environment.get_template(f"{name}.j2").render(edge=settings) for name in names}


def an_edge(**more: Any) -> Edge:
    """An edge in front of the switch of this laboratory."""
    values: dict[str, Any] = {
        "outside": Outside(OUTSIDE),
        "switch": Switch(SWITCH),
        "inside_address": INSIDE,
        "domains": [DOMAIN],
        "tls": TLS,
        "workers": 2,
    }
    return Edge(**{**values, **more})


def identity(name: str) -> x509.Certificate:
    """The certificate of a gateway of the domain."""
    return leaf(ISSUING, f"{name}.example.com", uris=[f"sip:{name}@example.com"], dns=[f"{name}.example.com"])


def key_of(certificate: x509.Certificate) -> str:
    """The private key of a certificate of this laboratory."""
    return key_pem(key(certificate.subject.rfc4514_string().removeprefix("CN=")))


class Program:
    """A program in one of Debian's folders and one of the namespaces. Its output is in a file."""

    def __init__(
        self, host: NetworkHost, root: Path, log: Path, command: Iterable[str], environment: Mapping[str, str] = {}
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*host.enter, "chroot", str(root), "env", *(f"{k}={v}" for k, v in environment.items()), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def close(self, how: int = signal.SIGTERM) -> None:
        """Ends it and all that it started."""
        for sent in (how, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sent)
            except ProcessLookupError:
                break
            try:
                self.process.wait(10)
                break
            except subprocess.TimeoutExpired:
                continue


class EdgeLab:
    """The namespaces, and the edge in the middle one.

    :ivar outside: where gateways and attackers are
    :ivar inside: where the switch is
    """

    def __init__(self, folder: Path, edge: Edge | None = None, release: str = "trixie") -> None:
        self.folder = folder
        self.root = ROOTS / release
        self.certs = folder / "etc"
        self.certs.mkdir()
        self.edge_settings = edge or an_edge()
        self._programs: list[Program] = []
        self.edge = NetworkHost(_mounts(self.root, self.certs))
        self.outside = NetworkHost(_mounts(ROOTS / "trixie", folder))
        self.inside = NetworkHost(_mounts(ROOTS / "sid", folder))
        _cable(self.edge, "outside", OUTSIDE, self.outside, GATEWAYS)
        _cable(self.edge, "inside", INSIDE, self.inside, (SWITCH, "10.20.0.3"))
        self.outside.run("ip", "route", "add", "default", "via", OUTSIDE)
        self.revoked: list[x509.Certificate] = []
        self._write_material()
        self.configure(self.edge_settings)

    def configure(self, edge: Edge) -> None:
        """Writes the files of an edge."""
        self.edge_settings = edge
        for name, content in rendered(edge).items():
            (self.certs / name).write_text(content)

    def start(self) -> None:
        """Starts rtpengine and Kamailio, and returns when both answer."""
        self.start_relay()
        self.start_proxy()

    def start_relay(self) -> None:
        self.relay = self.run(
            self.edge,
            self.root,
            "rtpengine",
            ["rtpengine", "--foreground", "--log-stderr", "--config-file=/etc/siptls-edge/rtpengine.conf"],
        )
        await_true(lambda: "22222" in self.edge.run("ss", "-Hlun").stdout, self.relay.text)

    def start_proxy(self) -> None:
        sizes = edge_settings(self.edge_settings)["sizes"]
        # The parent has to be able to bring its whole group to an end
        self.proxy = self.run(
            self.edge,
            self.root,
            "kamailio",
            ["kamailio", "-DD", "-E", "-f", "/etc/siptls-edge/kamailio.cfg", "-m", str(sizes.shared_memory),
             "-M", str(sizes.private_memory),
             "-u", "kamailio", "-g", "kamailio", "-Y", "/run/siptls-edge", "-P", "/run/siptls-edge/kamailio.pid"],
            {"OPENSSL_CONF": "/etc/siptls-edge/openssl.cnf"},
        )  # fmt: skip
        await_true(lambda: self.rpc("core.version", check=False).startswith("kamailio"), self.proxy.text)

    def check(self) -> subprocess.CompletedProcess[str]:
        """What Kamailio says of the configuration."""
        return self.edge.run(
            "chroot", str(self.root), "kamailio", "-c", "-f", "/etc/siptls-edge/kamailio.cfg", check=False
        )

    def rpc(self, *command: str, check: bool = True) -> str:
        """What the edge answers to an RPC."""
        done = self.edge.run(
            "chroot", str(self.root), "kamcmd", "-s", "unix:/run/siptls-edge/ctl", *command, check=check
        )
        return done.stdout

    def run(
        self, host: NetworkHost, root: Path, name: str, command: Iterable[str], environment: Mapping[str, str] = {}
    ) -> Program:
        """Starts a program that ends with this laboratory."""
        program = Program(host, root, self.folder / f"{name}.log", command, environment)
        self._programs.append(program)
        return program

    def records(self, kind: str) -> list[dict[str, Any]]:
        """What the edge has written: audit events or calls."""
        return [
            json.loads(one) for one in re.findall(rf"siptls-edge: {kind} (\{{.*\}})$", self.proxy.text(), re.MULTILINE)
        ]

    def revoke(self, *certificates: x509.Certificate) -> None:
        """Puts certificates on the CRL. It is not loaded by that."""
        self.revoked += certificates
        (self.certs / "crl.pem").write_text(crl_of(ISSUING, *self.revoked) + crl_of(ROOT))

    def close(self) -> None:
        for program in reversed(self._programs):
            program.close()
        for host in (self.edge, self.outside, self.inside):
            host.close()

    def _write_material(self) -> None:
        own = leaf(
            ISSUING,
            "vos",
            uris=["sip:example.com", "sip:vos.example.com"],
            dns=["example.com", "vos.example.com"],
            usages=OF_SERVERS,
        )
        (self.certs / "edge.crt").write_text(pem(own, ISSUING.certificate))
        (self.certs / "edge.key").write_text(key_pem(key("vos")))
        (self.certs / "ca.crt").write_text(pem(ISSUING.certificate, ROOT.certificate))
        (self.certs / "secret.cfg").write_text(f'#!substdef "!SIPTLS_SECRET!{secrets.token_hex(24)}!g"\n')
        self.revoke()


def _mounts(root: Path, folder: Path) -> str:
    """What a program in a folder of Debian's finds there, in the mount namespace of its host alone."""
    at = str(root)
    parts = [f"mkdir -p {at}/etc/siptls-edge", f"mount --bind {folder} {at}/etc/siptls-edge"]
    parts += [f"mount -t tmpfs tmpfs {at}{place}" for place in ("/run", "/tmp")]
    parts += [f"mount -t proc proc {at}/proc", f"mount --rbind /dev {at}/dev"]
    parts += [f"mkdir -m 1777 {at}/run/siptls-edge"]
    return " && ".join(parts)


def _cable(one: NetworkHost, name: str, address: str, other: NetworkHost, others: Iterable[str]) -> None:
    """A cable from one host to another, named after where it goes."""
    one.run("ip", "link", "add", name, "type", "veth", "peer", "name", "net0", "netns", str(other.process))
    one.run("ip", "address", "add", f"{address}/24", "dev", name)
    one.run("ip", "link", "set", name, "up")
    for one_address in others:
        other.run("ip", "address", "add", f"{one_address}/24", "dev", "net0")
    other.run("ip", "link", "set", "net0", "up")


def await_true(condition: Callable[[], bool], explain: Callable[[], str] = str, seconds: float = 30) -> None:
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s:\n{explain()[-6000:]}"
        time.sleep(0.1)
