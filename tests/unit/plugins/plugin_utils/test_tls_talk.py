# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that holds a TLS connection on a device: what is said to it arrives, however slow the device is. By every shell here."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.plugin_utils.answer import Answer, parse_answer
from ansible_collections.siptls.vos.plugins.plugin_utils.device import _program

TOKEN = "0123456789abcdef"
SHELLS = [[*command] for command in (["dash"], ["bash", "--posix"], ["busybox", "ash"]) if shutil.which(command[0])]
REQUEST = b"OPTIONS sip:x SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
RESPONSE = b"SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
BEGIN_OF_THE_KEEPER = "keep() {\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """How to connect to a server that answers each request of its clients, one client after the other."""
    folder = tmp_path_factory.mktemp("server")
    make = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -keyout key -out crt"
    )
    subprocess.run(make.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer_all, args=(listening, context), daemon=True).start()
        yield {"connect": f"127.0.0.1:{listening.getsockname()[1]}", "trust_bundle": str(folder / "crt")}


def answer_all(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            client, _address = listening.accept()
        except OSError:
            return
        client.settimeout(20)
        try:
            with context.wrap_socket(client, server_side=True) as talk:
                heard = b""
                while said := talk.recv(4096):
                    heard += said
                    if heard.endswith(b"\r\n\r\n"):
                        talk.sendall(RESPONSE)
        except OSError:
            continue


def run(shell: list[str], program: str) -> Answer:
    done = subprocess.run(shell, input=program.encode(), capture_output=True, check=True, timeout=60)
    answer = parse_answer(done.stdout.decode(), TOKEN)
    assert answer is not None, done
    return answer


def parameters(verb: str, folder: Path) -> dict[str, str]:
    nothing = "server_name certificate private_key crl ciphers suites groups min_version max_version"
    return dict.fromkeys(nothing.split(), "") | {
        "verb": verb,
        "token": "talk",
        "octets": base64.encodebytes(REQUEST).decode(),
        "awaits": "1 OPTIONS",
        "hold": "always",
        "patience": "5",
        "lifetime": "60",
        "TMPDIR": str(folder),
    }


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("late", ["", "sleep 1\n"], ids=["keeper-at-once", "keeper-late"])
def test_what_is_said_first_arrives_whenever_the_keeper_begins(
    server: dict[str, str], shell: list[str], late: str, tmp_path: Path
) -> None:
    """On a loaded device, the process that holds the connection may begin after all has been said."""
    program = _program("tls_talk.sh", parameters("open", tmp_path) | server, TOKEN, 60)
    assert BEGIN_OF_THE_KEEPER in program
    opened = run(shell, program.replace(BEGIN_OF_THE_KEEPER, BEGIN_OF_THE_KEEPER + late))
    try:
        assert opened.octets("out") == RESPONSE, opened.body("said")
        assert opened.value("answered") is not None
        again = run(shell, _program("tls_talk.sh", parameters("turn", tmp_path), TOKEN, 60))
        assert again.octets("out") == RESPONSE * 2
    finally:
        run(shell, _program("tls_talk.sh", parameters("close", tmp_path), TOKEN, 60))
    assert list(tmp_path.iterdir()) == []
