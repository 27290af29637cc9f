# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where OpenBao is, and how this controller logs in to it, as a playbook says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import SiptlsError

__all__ = ["DEFAULT_PORT", "METHODS", "Address", "Cluster", "Login"]

#: By the name of a login method, what a playbook has to say for it. Any of several: (a, b).
METHODS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "token": (),
    "approle": (("role_id",), ("secret_id", "secret_id_file")),
    "cert": (("certificate",), ("private_key",)),
    "jwt": (("role",), ("jwt", "jwt_file")),
}
DEFAULT_PORT = 8200
_MOUNT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}){0,7}")
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Address:
    """The address of one node."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address in ``https://host:port``, port 8200 where none is given.

        :raises SiptlsError: it is not such a URL
        """
        try:
            url = urlsplit(text.strip())
            host, port = url.hostname or "", url.port or DEFAULT_PORT
        except ValueError:
            url, host, port = urlsplit(""), "", 0
        rest = (url.path.strip("/"), url.query, url.fragment, url.username or "", url.password or "")
        if url.scheme != "https" or not host or any(rest) or not 0 < port <= _HIGHEST_PORT:
            raise SiptlsError(
                "bao.addresses holds a value that is not the address of an OpenBao node",
                expected="https://host:port and nothing behind it; not http, which would show the token to everybody between",
                found=ascii(text[:200]),
            )
        return cls(host, port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"


@dataclass(frozen=True)
class Cluster:
    """The nodes of one cluster.

    :ivar ca_certificate: PEM file with the CAs that sign the nodes' TLS certificates; None for those of the system
    :ivar certificate: PEM file with a certificate of this controller for TLS; None for none
    :ivar private_key: PEM file with its key, not encrypted
    """

    addresses: tuple[Address, ...]
    ca_certificate: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None

    @classmethod
    def checked(cls, options: Mapping[str, Any], base: Path) -> Cluster:
        """The cluster in the words of a playbook.

        :param options: ``addresses``, ``ca_certificate``, and ``auth`` with a certificate where that logs in
        :param base: the folder at which a relative path begins
        :raises SiptlsError: an address that is none, or none at all
        """
        addresses = tuple(dict.fromkeys(Address.parse(text) for text in options.get("addresses") or ()))
        if not addresses:
            raise SiptlsError("bao.addresses is empty", expected="the address of each node of the cluster")
        auth = options.get("auth") or {}
        return cls(
            addresses,
            _path(options.get("ca_certificate"), base),
            _path(auth.get("certificate"), base),
            _path(auth.get("private_key"), base),
        )

    def __str__(self) -> str:
        return ", ".join(str(address) for address in self.addresses)


@dataclass(frozen=True)
class Login:
    """How this controller logs in. What is secret in it has no place in any text.

    :ivar method: one of :data:`METHODS`
    :ivar mount: the path of the auth method in OpenBao
    :ivar is_wrapped: whether the secret id is the token of a response-wrapped one, which can be unwrapped once
    """

    method: str
    mount: str
    role: str = ""
    role_id: str = ""
    secret_id: str = field(default="", repr=False)
    jwt: str = field(default="", repr=False)
    secret_id_file: Path | None = None
    jwt_file: Path | None = None
    token_file: Path | None = None
    is_wrapped: bool = False

    @classmethod
    def checked(cls, options: Mapping[str, Any] | None, base: Path) -> Login:
        """The login in the words of a playbook.

        :param options: of ``bao.auth``; None or empty for a token from the environment
        :raises SiptlsError: something is missing, or contradicts the method
        """
        given = {name: value for name, value in (options or {}).items() if value not in (None, "", False)}
        method = str(given.get("method", "token"))
        if method not in METHODS:
            raise SiptlsError(
                "bao.auth.method is unknown", expected=f"one of {', '.join(METHODS)}", found=ascii(method)
            )
        for choice in METHODS[method]:
            if sum(name in given for name in choice) != 1:
                raise SiptlsError(
                    f"bao.auth is not complete for the method {method}",
                    expected=f"{' or '.join(choice)}, and not both" if len(choice) > 1 else choice[0],
                    found=", ".join(sorted(given)) or "nothing",
                )
        return cls(
            method=method,
            mount=checked_mount(str(given.get("mount", method)), "bao.auth.mount"),
            role=str(given.get("role", "")),
            role_id=str(given.get("role_id", "")),
            secret_id=str(given.get("secret_id", "")),
            jwt=str(given.get("jwt", "")),
            secret_id_file=_path(given.get("secret_id_file"), base),
            jwt_file=_path(given.get("jwt_file"), base),
            token_file=_path(given.get("token_file"), base),
            is_wrapped=bool(given.get("wrapped", False)),
        )


def checked_mount(path: str, option: str) -> str:
    """The path of a mount, without slashes around it.

    :raises SiptlsError: it is not one
    """
    found = path.strip("/")
    if not _MOUNT.fullmatch(found):
        raise SiptlsError(
            f"{option} is not the path of a mount",
            expected="letters, digits, _ . - and / between them",
            found=ascii(path[:200]),
        )
    return found


def _path(given: Any, base: Path) -> Path | None:
    return base / Path(str(given)).expanduser() if given else None
