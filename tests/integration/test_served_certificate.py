# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate on disk, the one that a real server serves, and who got an older one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import serial, softswitch

pytestmark = pytest.mark.nightly


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(certs: Path, port: int, *more: str) -> Iterator[None]:
    """An openssl server that asks every client for a certificate; it goes on serving what it read at its start."""
    command = [
        "openssl",
        "s_server",
        "-accept",
        f"127.0.0.1:{port}",
        "-www",
        "-cert",
        "vos_server.crt",
        "-key",
        "vos_server.key",
    ]
    process = subprocess.Popen(
        [*command, "-Verify", "2", "-verify_return_error", "-CAfile", "ca_bundle.crt", *more],
        cwd=certs,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def look(port: int, **options: Any) -> list[dict[str, Any]]:
    arguments = {"certificate": "{{ device }}/certs/vos_server.crt", "connect": f"127.0.0.1:{port}", **options}
    return [{"name": "It", "siptls.vos.served_certificate": arguments}]


@pytest.fixture
def certs(play: Play, pki: Path) -> Path:
    play([softswitch()], hosts=("vos",))
    return play.device("vos") / "certs"


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_the_certificate_on_disk_is_served(play: Play, certs: Path, version: str) -> None:
    port = free_port()
    with serving(certs, port, version):
        listed = (
            f"printf '10.0.0.1:5 {serial(certs / 'vos_server.crt').upper()} 7\n10.0.0.2:6 0AB1 90\n10.0.0.3:6 - -\n'"
        )
        result = play(look(port, server_name="vos.example.com", connections_command=listed), hosts=("vos",)).of("vos")
    assert not result["changed"]
    assert result["disk"]["serial_number"] == result["served"]["serial_number"] == serial(certs / "vos_server.crt")
    assert result["served"]["not_after"] == result["disk"]["not_after"]
    assert len(result["connections"]) == 3
    assert result["behind"] == [{"peer": "10.0.0.2:6", "serial_number": "0ab1", "seconds": 90}]


def test_an_old_certificate_that_is_still_served_is_named_and_a_reload_in_time_is_waited_for(
    play: Play, certs: Path, tmp_path: Path
) -> None:
    port, old = free_port(), tmp_path / "old"
    shutil.copytree(certs, old)
    play([softswitch(valid_for="40d")], hosts=("vos",))
    before, after = serial(old / "vos_server.crt"), serial(certs / "vos_server.crt")
    assert before != after
    with serving(old, port):
        message = play(look(port), hosts=("vos",), fails=True).message("vos")
        seen = play(look(port, state="seen"), hosts=("vos",)).of("vos")
    assert f"Expected: {after}" in message
    assert f"Found: {before}" in message
    assert seen["served"]["serial_number"] == before
    stop = threading.Event()

    def reload_later() -> None:
        with serving(old, port):
            time.sleep(3)
        with serving(certs, port):
            stop.wait(60)

    service = threading.Thread(target=reload_later)
    service.start()
    try:
        result = play(look(port, wait="60s"), hosts=("vos",)).of("vos")
    finally:
        stop.set()
        service.join()
    assert result["served"]["serial_number"] == after


def test_nothing_listens(play: Play, certs: Path) -> None:
    port = free_port()
    message = play(look(port), hosts=("vos",), fails=True).message("vos")
    assert f"nothing listens at 127.0.0.1:{port}" in message


@pytest.mark.parametrize(("answer", "cause"), [(b"SIP/2.0 400 Bad\r\n\r\n", "does not speak TLS"), (b"", "does not")])
def test_what_listens_speaks_no_tls_or_nothing(play: Play, certs: Path, answer: bytes, cause: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        held = []

        def serve() -> None:
            connection, _peer = server.accept()
            held.append(connection)
            if answer:
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        begin = time.monotonic()
        message = play(look(server.getsockname()[1]), hosts=("vos",), fails=True).message("vos")
        assert time.monotonic() - begin < 60, "bounded"
        for connection in held:
            connection.close()
    assert cause in message


def test_a_certificate_that_is_not_there_or_cannot_be_read(play: Play, certs: Path) -> None:
    (certs / "broken").write_text("no PEM\n")
    missing = look(free_port(), certificate="{{ device }}/certs/none.crt")
    assert "there is no certificate at" in play(missing, hosts=("vos",), fails=True).message("vos")
    broken = look(free_port(), certificate="{{ device }}/certs/broken")
    assert "holds no readable certificate" in play(broken, hosts=("vos",), fails=True).message("vos")


def test_a_command_that_fails_or_says_something_else_is_an_error(play: Play, certs: Path) -> None:
    port = free_port()
    with serving(certs, port):
        failed = play(look(port, connections_command="echo down >&2; exit 3"), hosts=("vos",), fails=True)
        odd = play(look(port, connections_command="echo hello"), hosts=("vos",), fails=True)
    assert "exit status 3: down" in failed.message("vos")
    assert "line 1 of what the softswitch says cannot be read" in odd.message("vos")
