# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in to OpenBao: by a token that is there already, an AppRole, a TLS certificate or a JWT."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SiptlsError
from .client import Client
from .options import Login

__all__ = ["Grant", "given_token", "log_in", "renew", "revoke"]

_LARGEST_SECRET = 64 << 10
_VARIABLES = ("BAO_TOKEN", "VAULT_TOKEN")


@dataclass(frozen=True)
class Grant:
    """A token that a login brought.

    :ivar seconds: how long it lasts; 0 for ever
    """

    token: str = field(repr=False)
    seconds: int
    is_renewable: bool


def given_token(login: Login, environment: Mapping[str, str] | None = None) -> str:
    """The token that an operator has already.

    :raises SiptlsError: there is none
    """
    if login.token_file:
        return _secret(login.token_file, "token_file")
    environment = os.environ if environment is None else environment
    found = next((environment[name].strip() for name in _VARIABLES if environment.get(name, "").strip()), "")
    if not _is_token(found):
        raise SiptlsError(
            "there is no token for OpenBao",
            expected=f"one in the environment as {' or '.join(_VARIABLES)}, in bao.auth.token_file, or another bao.auth.method",
            found="something that is not a token" if found else "none",
            remedy="export BAO_TOKEN=$(bao login -token-only), or set bao.auth (role variable pki_bao_auth)",
        )
    return found


def log_in(client: Client, login: Login) -> Grant:
    """A token of this controller's own.

    :param client: one without a token
    :raises SiptlsError: OpenBao refuses
    """
    path = f"auth/{login.mount}/login"
    reply = client.write(path, _credentials(client, login))
    if not reply.is_success:
        raise client.refusal(
            f"OpenBao refuses the login by {login.method}",
            path,
            reply,
            remedy="compare bao.auth with the auth method in OpenBao: role, bound claims or certificate, and when they expire",
        )
    return _grant(reply.document, client, path)


def renew(client: Client) -> Grant | None:
    """The token of this client with its life begun anew; None where OpenBao does not do that."""
    path = "auth/token/renew-self"
    reply = client.write(path, {})
    return _grant(reply.document, client, path) if reply.is_success else None


def revoke(client: Client) -> bool:
    """Revokes the token of this client.

    :returns: whether it was valid until now
    """
    return client.write("auth/token/revoke-self", {}).is_success


def _credentials(client: Client, login: Login) -> dict[str, str]:
    if login.method == "approle":
        secret = _secret(login.secret_id_file, "secret_id_file") if login.secret_id_file else login.secret_id
        return {
            "role_id": login.role_id,
            "secret_id": _unwrapped(client, login, secret) if login.is_wrapped else secret,
        }
    if login.method == "jwt":
        return {"role": login.role, "jwt": _secret(login.jwt_file, "jwt_file") if login.jwt_file else login.jwt}
    # The certificate is that of the connection
    return {"name": login.role} if login.role else {}


def _unwrapped(client: Client, login: Login, token: str) -> str:
    """The secret id behind a wrapping token. Whoever unwraps it first has it, so one that is used up is an alarm.

    Where it was made is asked before: a wrapping token that somebody else put in its place was made elsewhere.
    """
    if not _is_token(token):
        raise SiptlsError("bao.auth.secret_id is not a wrapping token", expected="the token that wraps the secret id")
    made = client.request("POST", "sys/wrapping/lookup", {"token": token})
    origin = made.text("creation_path")
    if made.is_success and not (origin.startswith(f"auth/{login.mount}/role/") and origin.endswith("/secret-id")):
        raise SiptlsError(
            "the wrapping token holds no secret id of this AppRole",
            where=str(client.cluster),
            expected=f"one that was made at auth/{login.mount}/role/NAME/secret-id",
            found=ascii(origin[:200]),
            remedy="somebody may have exchanged it: find out how it came here before you make another",
        )
    reply = client.request("POST", "sys/wrapping/unwrap", {}, token=token)
    found = reply.text("secret_id")
    if not reply.is_success or not found:
        raise SiptlsError(
            "the wrapped secret id cannot be unwrapped",
            where=str(client.cluster),
            expected="a wrapping token that nobody has used, within its lifetime",
            found=reply.words,
            remedy="make another: bao write -wrap-ttl=10m -f auth/approle/role/NAME/secret-id. If nobody of yours has used this one,"
            " somebody has read it: destroy the secret ids of the role first",
        )
    return found


def _grant(document: Mapping[str, Any], client: Client, path: str) -> Grant:
    found = document.get("auth")
    auth: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    token, seconds = auth.get("client_token"), auth.get("lease_duration")
    if not isinstance(token, str) or not _is_token(token):
        raise client.refusal("OpenBao granted a login and gave no token", path)
    return Grant(token, seconds if isinstance(seconds, int) and seconds > 0 else 0, auth.get("renewable") is True)


def _secret(path: Path, option: str) -> str:
    """The first line of a file that others cannot read.

    :raises SiptlsError: it cannot be read, others can read it, or it is empty
    """
    problem, found = "", ""
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
                problem = "something other than a file"
            elif stat.S_ISREG(mode) and mode & 0o077:
                problem = f"mode {stat.S_IMODE(mode):04o}: others can read it"
            else:
                found = stream.read(_LARGEST_SECRET).decode("ascii", "replace").strip()
    except OSError as error:
        problem = error.strerror or str(error)
    if problem or not _is_token(found):
        raise SiptlsError(
            f"bao.auth.{option} cannot be used",
            where=str(path),
            expected="a file with one line, mode 0600",
            found=problem or "nothing, or more than one line",
        )
    return found


def _is_token(text: str) -> bool:
    """Whether it can be sent in a header."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
