# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role allowlist on a softswitch that is a network namespace: real connections, and a kernel that lets them in or does not."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.fleet import Fleet
from ansible_collections.siptls.vos.tests.integration.network import Echo, NetworkHost, joined
from ansible_collections.siptls.vos.tests.integration.playground import ROOT, Play

SOFTSWITCH = {4: "192.0.2.1", 6: "2001:db8::1"}
GW1 = {4: "192.0.2.11", 6: "2001:db8::11"}
GW2 = {4: "192.0.2.12", 6: "2001:db8::12"}
STRANGER = {4: "192.0.2.99", 6: "2001:db8::99"}
ADDRESSES = {
    "gw1": {"gateway_address": list(GW1.values())},
    "gw2": {"ansible_host": GW2[4], "gateway_address": list(GW2.values())},
}
SSH, PLAIN, TLS, WEB = 22, 5060, 5061, 8080
MEDIA, BELOW, ABOVE = (10000, 15001, 20000), 9999, 20001
# Long enough for any machine, and how long to wait for what is not to come
PATIENCE, SILENCE = 20, 0.5
FAMILIES = pytest.mark.parametrize("family", [4, 6])
# Said once, by whoever wants it
CUT_OFF = ("-e", "allowlist_cut_off_registered=true")
# Units of this test alone; systemd is not running, so it links them and starts nothing
OWN_UNITS = "mount -t tmpfs -o mode=0755 units /etc/systemd/system"
OFFLINE = {"SYSTEMD_OFFLINE": "1"}


class Site(Fleet):
    """The fleet whose softswitch is a host of its own."""

    def __init__(self, folder: Path, softswitch: NetworkHost) -> None:
        super().__init__(folder)
        self.softswitch = softswitch
        self._shell.write_text(
            f'#!/bin/sh\ntouch "${{0%/*}}/touched"\nexec {" ".join(softswitch.enter)} /bin/sh "$@"\n'
        )

    @property
    def directory(self) -> Path:
        """Where the softswitch has its rules."""
        return self.device("vos") / "allowlist"

    def allowlist(self, *options: str, **changed: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """Runs the playbook. ``changed``: variables by host."""
        hosts = {
            name: {**ADDRESSES.get(name, {"allowlist_directory": str(self.directory)}), **changed.get(name, {})}
            for name in ("vos", *self.gateways)
        }
        return self.play("siptls.vos.allowlist", *options, changed=hosts, environment=OFFLINE)

    def applied(self, *options: str, **changed: Mapping[str, Any]) -> str:
        """The same, and it succeeds. What it said."""
        done = self.allowlist(*options, **changed)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *options: str, **changed: Mapping[str, Any]) -> str:
        """The same, and it fails. What it said."""
        done = self.allowlist(*options, **changed)
        assert done.returncode != 0, done.stdout
        return re.sub(r"\s+", " ", done.stdout.replace("\\n", " "))

    def rules(self) -> str:
        """What the kernel of the softswitch has."""
        return self.softswitch.run("nft", "-s", "list", "ruleset").stdout

    def refusals(self) -> dict[str, int]:
        """By chain, how many packets were dropped."""
        text = self.softswitch.run("nft", "list", "table", "inet", "siptls").stdout
        return {
            name: int(count) for count, name in re.findall(r'counter packets (\d+) .*comment "(plain SIP|\w+)', text)
        }


@pytest.fixture
def softswitch() -> Iterator[NetworkHost]:
    host = NetworkHost(OWN_UNITS)
    yield host
    host.close()


@pytest.fixture
def outside(softswitch: NetworkHost) -> Iterator[NetworkHost]:
    """Where gateways and strangers are."""
    host = NetworkHost()
    others = [address for who in (GW1, GW2, STRANGER) for address in who.values()]
    joined(softswitch, host, list(map(_on_the_link, SOFTSWITCH.values())), list(map(_on_the_link, others)))
    yield host
    host.close()


def _on_the_link(address: str) -> str:
    return f"{address}/{64 if ':' in address else 24}"


@pytest.fixture
def echo(softswitch: NetworkHost, outside: NetworkHost) -> Iterator[Echo]:
    """What listens on the softswitch."""
    found = Echo(softswitch, [SSH, PLAIN, TLS, WEB], [PLAIN, TLS, *MEDIA, BELOW, ABOVE])
    yield found
    found.close()


@pytest.fixture
def site(tmp_path: Path, softswitch: NetworkHost) -> Site:
    return Site(tmp_path, softswitch)


def opened(kind: socket.SocketKind, source: str, target: tuple[str, int], wait: float) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET, kind)
    try:
        made.settimeout(wait)
        made.bind((source, 0))
        made.connect(target)
    except OSError:
        made.close()
        raise
    made.settimeout(PATIENCE)
    return made


def knocking(source: str, target: tuple[str, int]) -> socket.socket:
    """A connection that is asked for, and not waited for."""
    made = socket.socket(socket.AF_INET)
    made.setblocking(False)
    made.bind((source, 0))
    made.connect_ex(target)
    return made


def answers(connection: socket.socket, wait: float) -> bool:
    """Whether something that is sent comes back."""
    connection.settimeout(wait)
    try:
        connection.send(b"OPTIONS")
        return connection.recv(100) == b"OPTIONS"
    except TimeoutError:
        return False


def reaches(outside: NetworkHost, source: str, port: int, *, udp: bool = False, wait: float = PATIENCE) -> bool:
    """Whether a connection, or a packet and its answer, gets through."""
    target = SOFTSWITCH[6 if ":" in source else 4]
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    try:
        with outside.call(opened, kind, source, (target, port), wait) as connection:
            return answers(connection, wait)
    except TimeoutError:
        return False


def is_kept_out(outside: NetworkHost, source: str, port: int, *, udp: bool = False) -> bool:
    return not reaches(outside, source, port, udp=udp, wait=SILENCE)


@FAMILIES
def test_gateways_get_through_and_nobody_else(site: Site, outside: NetworkHost, echo: Echo, family: int) -> None:
    gateway, stranger = GW1[family], STRANGER[family]
    assert reaches(outside, stranger, TLS), "the network of this test does not work"
    site.applied()
    assert reaches(outside, gateway, TLS)
    assert reaches(outside, GW2[family], TLS)
    assert all(reaches(outside, gateway, port, udp=True) for port in MEDIA)
    del echo.heard[:]
    assert is_kept_out(outside, stranger, TLS)
    assert all(is_kept_out(outside, stranger, port, udp=True) for port in MEDIA)
    refused = site.refusals()
    assert refused["signalling"] >= 1
    assert refused["media"] >= len(MEDIA)
    # Plain SIP is closed to gateways too
    assert is_kept_out(outside, gateway, PLAIN)
    assert is_kept_out(outside, gateway, PLAIN, udp=True)
    assert echo.heard == []
    # All else is nobody's business here
    for who in (gateway, stranger):
        assert reaches(outside, who, SSH)
        assert reaches(outside, who, WEB)
        assert all(reaches(outside, who, port, udp=True) for port in (BELOW, ABOVE, TLS))


@FAMILIES
def test_the_softswitch_reaches_itself(site: Site, softswitch: NetworkHost, echo: Echo, family: int) -> None:
    site.applied()
    for own in ({4: "127.0.0.1", 6: "::1"}[family], SOFTSWITCH[family]):
        for port, udp in ((TLS, False), (PLAIN, False), (MEDIA[0], True)):
            assert reaches_itself(softswitch, own, port, udp=udp)


def reaches_itself(softswitch: NetworkHost, own: str, port: int, *, udp: bool) -> bool:
    with softswitch.call(opened, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM, own, (own, port), PATIENCE) as made:
        return answers(made, PATIENCE)


@FAMILIES
def test_who_leaves_the_list_is_cut_off(site: Site, outside: NetworkHost, echo: Echo, family: int) -> None:
    """With connection tracking at work: the host's own rules let established connections in."""
    site.softswitch.run("sh", "-c", HOSTS_OWN_RULES)
    site.applied()
    target = SOFTSWITCH[family]
    made = {
        (name, port): outside.call(opened, kind, who[family], (target, port), PATIENCE)
        for name, who in (("gw1", GW1), ("gw2", GW2))
        for kind, port in ((socket.SOCK_STREAM, TLS), (socket.SOCK_DGRAM, MEDIA[0]))
    }
    assert all(answers(connection, PATIENCE) for connection in made.values())
    before = site.rules()
    for options in ((), ("--check",)):
        refused = site.refused(*options, gw1={"gateway_address": []})
        assert (
            f"would cut off 1 who are connected or registered now; nothing has been changed. Found: {GW1[family]}, TCP port {TLS}"
            in refused
        )
        assert GW2[family] not in refused
    assert site.rules() == before
    said = site.applied("--diff", *CUT_OFF, gw1={"gateway_address": []})
    assert f"-      {GW1[family]}," in said
    assert not answers(made["gw1", TLS], SILENCE)
    assert not answers(made["gw1", MEDIA[0]], SILENCE)
    assert answers(made["gw2", TLS], PATIENCE)
    assert answers(made["gw2", MEDIA[0]], PATIENCE)
    for connection in made.values():
        connection.close()


def test_who_is_on_plain_sip_is_named_and_stays(site: Site, outside: NetworkHost, echo: Echo) -> None:
    """A gateway that was not moved yet, and a trunk, both with real connections to port 5060."""
    made = [
        outside.call(opened, socket.SOCK_STREAM, who, (SOFTSWITCH[4], PLAIN), PATIENCE) for who in (GW1[4], STRANGER[4])
    ]
    try:
        refused = site.refused()
        assert "would cut off 2 who are connected or registered now" in refused
        assert f"{GW1[4]}, TCP port {PLAIN}" in refused
        assert f"{STRANGER[4]}, TCP port {PLAIN}" in refused
        assert "allowlist_close_plain_sip: false" in refused
        assert site.rules() == ""
        assert not site.directory.exists()
        assert all(answers(connection, PATIENCE) for connection in made)
        # Left open, both stay; the list is in force all the same
        site.applied(vos={"allowlist_close_plain_sip": False, "allowlist_directory": str(site.directory)})
        assert all(answers(connection, PATIENCE) for connection in made)
        assert "would cut off 2" in site.refused()
        assert "changed=1" in site.applied(*CUT_OFF)
        assert not answers(made[0], SILENCE)
        # What is cut off already, though the kernel still holds it for established, is in nobody's way
        assert "changed=1" in site.applied(
            vos={"allowlist_addresses": ["198.51.100.7"], "allowlist_directory": str(site.directory)}
        )
    finally:
        for connection in made:
            connection.close()


def test_a_peer_by_udp_is_seen_where_the_kernel_tracks_connections(
    site: Site, outside: NetworkHost, echo: Echo
) -> None:
    site.softswitch.run(
        "nft",
        "table inet host { chain input { type filter hook input priority 0; ct state new,established accept; }; }",
    )
    with outside.call(opened, socket.SOCK_DGRAM, GW1[4], (SOFTSWITCH[4], PLAIN), PATIENCE) as made:
        assert answers(made, PATIENCE)
        assert (
            f"would cut off 1 who are connected or registered now; nothing has been changed. Found: {GW1[4]}, UDP port {PLAIN}"
            in (site.refused())
        )
        assert "table inet siptls" not in site.rules()


def test_a_softswitch_that_does_not_run_yet_has_nobody_to_cut_off(site: Site) -> None:
    told = {"vos_registrations_command": "echo it does not run; false", "allowlist_directory": str(site.directory)}
    assert "changed=1" in site.applied(vos=told)


def test_a_softswitch_that_does_not_tell_is_not_taken_for_one_without_registrations(site: Site, echo: Echo) -> None:
    told = {"vos_registrations_command": "echo out of order; false", "allowlist_directory": str(site.directory)}
    refused = site.refused(vos=told)
    assert "does not tell who is registered" in refused
    assert "out of order" in refused
    assert site.rules() == ""


def test_who_is_registered_without_a_certificate_is_named(site: Site, outside: NetworkHost, echo: Echo) -> None:
    """By UDP there is no connection to see; there are more registrations than TLS connections."""
    command = "printf '%s\\n' 'sip:gw1@example.com 0A1B 7' 'sip:old@example.com - -'"
    told = {"vos_registrations_command": command, "allowlist_directory": str(site.directory)}
    with outside.call(opened, socket.SOCK_STREAM, GW1[4], (SOFTSWITCH[4], TLS), PATIENCE):
        refused = site.refused(vos=told)
        assert "would cut off 1 who are connected or registered now" in refused
        assert "sip:old@example.com, registered without a certificate" in refused
        with outside.call(opened, socket.SOCK_STREAM, GW2[4], (SOFTSWITCH[4], TLS), PATIENCE):
            site.applied(vos=told)


HOSTS_OWN_RULES = """nft -f - <<'EOT'
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname "lo" accept
    meta l4proto ipv6-icmp accept
    tcp dport { 22, 5061 } accept
    udp dport 10000-20000 accept
  }
}
table ip nat {
  chain prerouting {
    type nat hook prerouting priority -100;
  }
}
EOT
"""


def test_the_hosts_own_rules_stay_and_go_on_deciding(site: Site, outside: NetworkHost, echo: Echo) -> None:
    site.softswitch.run("sh", "-c", HOSTS_OWN_RULES)
    before = site.rules()
    site.applied()
    assert site.rules().startswith(before)
    assert is_kept_out(outside, GW1[4], WEB)
    assert reaches(outside, GW1[4], TLS)
    assert reaches(outside, STRANGER[4], SSH)
    site.applied(vos={"allowlist_state": "absent"})
    assert site.rules() == before


def test_no_connection_is_tracked(site: Site, outside: NetworkHost, echo: Echo) -> None:
    """A flood would fill the table of connections of a host that had none before."""
    site.applied()
    assert reaches(outside, GW1[4], MEDIA[0], udp=True)
    assert re.search(r"\bct\b", site.rules()) is None


def test_the_whole_way_twice_and_back(site: Site) -> None:
    foretold = site.applied("--check", "--diff")
    assert "changed=1" in foretold
    assert f"+      {GW1[4]}," in foretold
    assert site.rules() == ""
    assert not site.directory.exists()
    assert units(site) == []

    assert "changed=1" in site.applied()
    rules = site.rules()
    assert GW1[6] in rules
    assert units(site) == [
        "nftables.service.wants/siptls-allowlist.service",
        "siptls-allowlist.service",
        "sysinit.target.wants/siptls-allowlist.service",
    ]
    assert {path.stat().st_mode & 0o77 for path in site.directory.iterdir()} == {0}
    assert "changed=0" in site.applied()
    assert "changed=0" in site.applied("--check", "--diff")
    # Packets are counted, and that is no change
    assert site.rules() == rules

    gone = {"allowlist_state": "absent"}
    foretold = site.applied("--check", "--diff", vos=gone)
    assert "changed=1" in foretold
    assert f"-      {GW1[4]}," in foretold
    assert site.rules() == rules
    assert "changed=1" in site.applied(vos=gone)
    assert site.rules() == ""
    assert not site.directory.exists()
    assert units(site) == []
    assert "changed=0" in site.applied(vos=gone)
    assert "changed=0" in site.applied("--check", "--diff", vos=gone)


def units(site: Site) -> list[str]:
    found = site.softswitch.run("find", "/etc/systemd/system", "!", "-type", "d", "-printf", "%P\n").stdout
    return sorted(found.splitlines())


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("nft delete table inet siptls", "is not in the kernel: somebody flushed the rules"),
        ("nft insert rule inet siptls input accept", "is not in the kernel as it was loaded: somebody changed it"),
        ("nft add element inet siptls gateways_ipv4 '{ 192.0.2.99 }'", "is not in the kernel as it was loaded"),
        ("rm /etc/systemd/system/sysinit.target.wants/*", "siptls-allowlist.service is not enabled"),
    ],
)
def test_what_somebody_undid_is_done_again(site: Site, outside: NetworkHost, echo: Echo, deed: str, words: str) -> None:
    site.applied()
    rules, links = site.rules(), units(site)
    site.softswitch.run("sh", "-c", deed)
    undone = (site.rules(), units(site))
    assert undone != (rules, links)
    if "nft" in deed:
        assert reaches(outside, STRANGER[4], TLS)
    foretold = site.applied("--check", "--diff")
    assert "changed=1" in foretold
    assert words in foretold
    assert (site.rules(), units(site)) == undone
    said = site.applied("-v")
    assert words in said.split('"reason": "')[1]
    assert (site.rules(), units(site)) == (rules, links)
    assert is_kept_out(outside, STRANGER[4], TLS)


def test_a_boot_loads_it(site: Site, outside: NetworkHost, echo: Echo) -> None:
    """What the unit says is run as systemd would; there is no systemd here to run it."""
    site.applied()
    rules = site.rules()
    unit = site.softswitch.run("cat", "/etc/systemd/system/siptls-allowlist.service").stdout
    verified = site.softswitch.run("systemd-analyze", "verify", "siptls-allowlist.service")
    assert "siptls-allowlist" not in verified.stderr
    site.softswitch.run("nft", "flush", "ruleset")
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    site.softswitch.run(*command.split())
    assert site.rules() == rules
    assert "changed=0" in site.applied()


class Traffic:
    """A stranger and a gateway who try to get through all the time, until the end of a ``with`` block.

    :ivar packets: how many the stranger has sent
    :ivar connections: how many of the gateway had an answer, and why the others had none
    """

    def __init__(self, outside: NetworkHost) -> None:
        self.packets, self.connections = 0, 0
        self.failures: list[Exception] = []
        self._outside = outside
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._stranger), threading.Thread(target=self._gateway)]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _stranger(self) -> None:
        knocks: deque[socket.socket] = deque()
        target = (SOFTSWITCH[4], MEDIA[0])
        with self._outside.call(opened, socket.SOCK_DGRAM, STRANGER[4], target, PATIENCE) as packet:
            while not self._over.is_set():
                packet.send(b"let me in")
                self.packets += 1
                if self.packets % 20 == 0:
                    knocks.append(self._outside.call(knocking, STRANGER[4], (SOFTSWITCH[4], TLS)))
                if len(knocks) > 500:
                    knocks.popleft().close()
        for left in knocks:
            left.close()

    def _gateway(self) -> None:
        while not self._over.is_set():
            try:
                assert reaches(self._outside, GW2[4], TLS)
                self.connections += 1
            except (OSError, AssertionError) as error:
                self.failures.append(error)


def test_no_moment_is_open_to_strangers_or_closed_to_gateways(site: Site, outside: NetworkHost, echo: Echo) -> None:
    site.applied()
    del echo.heard[:]
    with Traffic(outside) as traffic:
        for addresses in ([], list(GW1.values())):
            assert "changed=1" in site.applied(gw1={"gateway_address": addresses})
        again = f"for _ in $(seq 200); do nft -f {site.directory}/siptls.nft || exit 1; done"
        site.softswitch.run("sh", "-c", again)
    assert traffic.failures == []
    assert traffic.packets > 1000
    assert traffic.connections > 100
    assert {who for who, _port in echo.heard} == {GW2[4]}


def test_certificate_and_address_are_both_needed(
    site: Site, outside: NetworkHost, softswitch: NetworkHost, tmp_path: Path
) -> None:
    """S21, with the TLS of this machine in the softswitch's place."""
    for name in ("own", "foreign"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.crt", tmp_path / "own.key")
    context.load_verify_locations(tmp_path / "own.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    listening = softswitch.call(socket.create_server, (SOFTSWITCH[4], TLS))

    def serve() -> None:
        while True:
            try:
                connection, _peer = listening.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.sendall(b"SIP/2.0 200 OK")
            except OSError:
                connection.close()

    def registers(source: str, certificate: str | None) -> bool:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        if certificate:
            client.load_cert_chain(tmp_path / f"{certificate}.crt", tmp_path / f"{certificate}.key")
        wait = PATIENCE if source == GW1[4] else SILENCE
        try:
            with client.wrap_socket(
                outside.call(opened, socket.SOCK_STREAM, source, (SOFTSWITCH[4], TLS), wait)
            ) as made:
                return made.recv(100) == b"SIP/2.0 200 OK"
        except (TimeoutError, ssl.SSLError, ConnectionError):
            return False

    site.applied()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        table = {
            (who, certificate): registers(address, certificate)
            for who, address in (("on the list", GW1[4]), ("not on it", STRANGER[4]))
            for certificate in ("own", "foreign", None)
        }
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
    assert [case for case, registered in table.items() if registered] == [("on the list", "own")]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"gw1": {"gateway_address": None, "ansible_host": "gw1.example.com"}}, "gw1: it has no gateway_address"),
        ({"gw1": {"gateway_address": "gw1.example.com"}}, "gw1: gateway_address holds what is no address. Expected: an IPv4"),
        ({"gw1": {"gateway_address": "192.0.2.11/24"}}, "for the network write 192.0.2.0/24"),
        ({"gw1": {"gateway_address": []}, "gw2": {"gateway_address": []}}, "the allow-list is empty"),
        ({"vos": {"allowlist_group": "gatewais"}}, "the allow-list is empty"),
        ({"vos": {"allowlist_addresses": ["0.0.0.0/0"]}}, "every address of a family"),
        ({"vos": {"allowlist_addresses": ["::/1", "8000::/1"]}}, "::/0, of the parts that were given"),
        ({"vos": {"allowlist_addresses": ["192.0.2.1-192.0.2.9"]}}, "allowlist_addresses[0]: expected an IPv4 or IPv6"),
        ({"vos": {"allowlist_media_ports": "20000-10000"}}, "allowlist_media_ports: expected a port or a range"),
        ({"vos": {"vos_tls_port": 5060}}, "vos_tls_port: expected another port than that of plain SIP"),
        ({"vos": {"vos_tls_port": 22}}, "the controller comes in by TCP port 22, which would be closed"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_before_anything_is_touched(
    site: Site, changed: dict[str, Mapping[str, Any]], words: str
) -> None:
    assert words in site.refused(**changed)
    assert not site.touched


def test_everyone_is_let_in_only_where_that_is_said(site: Site, outside: NetworkHost, echo: Echo) -> None:
    site.applied(vos={"allowlist_addresses": ["0.0.0.0/0"], "allowlist_allow_everyone": True})
    assert reaches(outside, STRANGER[4], TLS)
    assert is_kept_out(outside, STRANGER[6], TLS)


def test_networks_ports_and_plain_sip_are_the_operators_choice(site: Site, outside: NetworkHost, echo: Echo) -> None:
    site.applied(
        vos={
            "allowlist_addresses": ["192.0.2.96/29", "192.0.2.99", "192.0.2.96/30", "2001:db8::/64"],
            "allowlist_media_ports": "15001-15001",
            "allowlist_close_plain_sip": False,
            "vos_tls_port": 8080,
        }
    )
    # What is in another network is not said twice
    assert "192.0.2.96/29" in site.rules()
    assert "192.0.2.96/30" not in site.rules()
    for who in (STRANGER[4], STRANGER[6], GW1[4]):
        assert reaches(outside, who, WEB)
        assert reaches(outside, who, PLAIN)
        assert reaches(outside, who, PLAIN, udp=True)


@pytest.mark.nightly
def test_thousands_of_gateways(site: Site, outside: NetworkHost, echo: Echo) -> None:
    many = [f"10.{n // 256}.{n % 256}.1" for n in range(10_000)] + [f"2001:db8:{n:x}::7" for n in range(1, 10_001)]
    site.applied(vos={"allowlist_addresses": many})
    assert reaches(outside, GW1[4], TLS)
    assert is_kept_out(outside, STRANGER[4], TLS)
    listed = site.softswitch.run("nft", "-j", "list", "set", "inet", "siptls", "gateways_ipv4").stdout
    assert listed.count("10.") >= 10_000
    assert "changed=0" in site.applied(vos={"allowlist_addresses": many})


# Below the role: the module, with what no role would write


def table(site: Site, rules: str) -> dict[str, Any]:
    options = {"name": "siptls", "rules": rules, "directory": str(site.directory), "service": "siptls-allowlist"}
    return {"name": "The table", "siptls.vos.nftables_table": options}


@pytest.fixture
def on_softswitch(site: Site, tmp_path: Path) -> Play:
    """Runs tasks on the softswitch."""
    made = Play(tmp_path / "plays")
    made.environment |= {"ANSIBLE_EXECUTABLE": str(site._shell), **OFFLINE}
    return made


@pytest.mark.parametrize(
    "rules", ["chain input { nonsense }", "set a { type ipv4_addr; elements = { 1.2.3.4/33 } }", "}"]
)
def test_rules_that_nft_refuses_are_never_loaded(site: Site, on_softswitch: Play, rules: str) -> None:
    site.applied()
    before, files = site.rules(), {path: path.read_bytes() for path in site.directory.iterdir()}
    foretold = on_softswitch([table(site, rules)], check=True)
    assert "Without check mode this would fail" in foretold.output
    message = on_softswitch([table(site, rules)], fails=True).message("gw1")
    assert "the device refuses what the file is to be; nothing was changed" in message
    assert "Error: " in message
    assert site.rules() == before
    assert {path: path.read_bytes() for path in site.directory.iterdir()} == files


@pytest.mark.nightly
def test_where_loading_fails_the_list_before_is_in_force_again(site: Site, outside: NetworkHost, echo: Echo) -> None:
    site.applied()
    before, links = site.rules(), "/etc/systemd/system/nftables.service.wants"
    site.softswitch.run("sh", "-c", f"rm -r {links} && touch {links}")
    assert f"the reload failed: nft -f {site.directory}/siptls.nft and a unit for the next boot." in site.refused(
        gw1={"gateway_address": []}
    )
    assert site.rules() == before
    assert reaches(outside, GW1[4], TLS)
    assert is_kept_out(outside, STRANGER[4], TLS)
    site.softswitch.run("rm", links)
    assert "changed=1" in site.applied(gw1={"gateway_address": []})
    assert is_kept_out(outside, GW1[4], TLS)


def test_where_the_first_loading_fails_nothing_is_left(site: Site) -> None:
    links = "/etc/systemd/system/nftables.service.wants"
    site.softswitch.run("touch", links)
    assert "the files are as they were before, and the service is reloaded with them" in site.refused()
    assert site.rules() == ""
    assert units(site) == ["nftables.service.wants"]


@pytest.mark.parametrize("shell", [["dash"], ["bash", "--posix"], ["busybox", "ash"]])
def test_the_look_in_every_shell(site: Site, softswitch: NetworkHost, shell: list[str]) -> None:
    site.applied()
    scripts = ROOT / "plugins" / "plugin_utils" / "shell"
    program = (scripts / "common.sh").read_text() + (scripts / "table_look.sh").read_text() + "main\n"
    record = site.directory / ".siptls.nft.siptls-listed"

    folder = "/etc/systemd/system/"

    def look(
        table: str = "siptls",
        record: Path = record,
        links: str = f"{folder}sysinit.target.wants/siptls-allowlist.service",
    ) -> str:
        assignments = f"table={table}\nrecord='{record}'\nlinks='{links}'\n"
        return softswitch.run(*shell, "-c", assignments + program).stdout

    nowhere = Path("/nonexistent")
    assert look() == "listing same\nrecorded same\nstarts \n"
    assert look("other", nowhere, str(nowhere)) == ""
    assert look("other").startswith("recorded \n table inet siptls {\n")
    changed = look(record=nowhere)
    assert changed.startswith("listing \n table inet siptls {\n")
    assert "recorded" not in changed
