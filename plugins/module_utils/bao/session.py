# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token of a run: one login, whatever number of hosts and processes there are, and its end.

Each task of a play is a process of its own, so the token is kept for them in a file of the run's own folder, which Ansible makes with mode
0700 and removes at its end. The first process logs in while the others wait.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import PRIVATE, NewFile, exclusive, replace_file
from ..json_text import read_json
from .client import Client, State, UnavailableError
from .login import Grant, given_token, log_in, renew, revoke
from .options import Cluster, Login

__all__ = ["Session"]

_FOLDER = "siptls_bao"
#: Seconds for which processes believe one that found no leader, instead of waiting for one each.
_UNAVAILABLE_FOR = 60.0


@dataclass(frozen=True)
class _Kept:
    token: str = field(repr=False)
    ends: float
    is_renewable: bool
    lasts: int

    @classmethod
    def granted(cls, grant: Grant) -> _Kept:
        return cls(grant.token, time.time() + grant.seconds if grant.seconds else 0, grant.is_renewable, grant.seconds)

    @property
    def is_due(self) -> bool:
        """Whether less than half of its life is left."""
        return bool(self.ends) and time.time() > self.ends - self.lasts / 2


class _Shared:
    """Small files that the processes of a run share.

    :param folder: None where nothing is shared
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def read(self, name: str) -> str:
        """The content; empty where there is none."""
        if self.folder is None:
            return ""
        try:
            return (self.folder / name).read_text()
        except (OSError, ValueError):
            return ""

    def write(self, name: str, text: str) -> None:
        """Replaces the content. Nobody else can read it."""
        if self.folder:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self.folder / name, NewFile(text.encode(), PRIVATE))

    def remove(self, name: str) -> None:
        """Removes it, there or not."""
        if self.folder:
            with suppress(OSError):
                (self.folder / name).unlink()

    def alone(self) -> AbstractContextManager[None]:
        """One process at a time."""
        if self.folder is None:
            return nullcontext()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return exclusive(self.folder / "lock")


class _RunState(State):
    """What the processes of a run know of a cluster."""

    def __init__(self, shared: _Shared, cluster: Cluster) -> None:
        super().__init__()
        self._shared, self._cluster = shared, cluster
        self.index = shared.read("index")

    def seen(self, index: str) -> None:
        super().seen(index)
        self._shared.write("index", index)

    def unavailable(self, found: str) -> None:
        self._shared.write("unavailable", json.dumps({"at": time.time()}))

    def check(self) -> None:
        """A thousand hosts do not each wait for a leader that one of them has waited for."""
        at = _object(self._shared.read("unavailable")).get("at")
        if isinstance(at, float) and time.time() - at < _UNAVAILABLE_FOR:
            raise UnavailableError(
                "OpenBao could not be reached when another host of this run tried",
                where=str(self._cluster),
                remedy="see the error of the first host",
            )


class Session:
    """The token of this run for one cluster and one login, and a client that uses it.

    :param folder: of the run, mode 0700; None keeps the token in this process alone
    """

    def __init__(self, cluster: Cluster, login: Login, folder: Path | None) -> None:
        self.cluster, self.login = cluster, login
        key = hashlib.sha256(repr((cluster, login, _secrets(login))).encode()).hexdigest()[:16]
        self._shared = _Shared(folder / _FOLDER / key if folder else None)
        self._state = _RunState(self._shared, cluster)
        self._kept: _Kept | None = None

    def client(self) -> Client:
        """A client with the token of the run.

        :raises SiptlsError: the files for TLS cannot be used
        """
        return Client(self.cluster, self, self._state)

    def token(self) -> str:
        """The token: as given, of an earlier login of this run, or of a login now.

        :raises SiptlsError: there is none, or OpenBao refuses the login
        """
        if self.login.method == "token":
            return given_token(self.login)
        if self._kept and not self._kept.is_due:
            return self._kept.token
        with self._shared.alone():
            self._kept = self._current()
            return self._kept.token

    def refused(self, token: str) -> bool:
        """A token that is known to nobody any more is replaced by that of a new login; what is merely forbidden stays so."""
        if self.login.method == "token" or self._by(token).read("auth/token/lookup-self").is_success:
            return False
        with self._shared.alone():
            kept = self._stored()
            self._kept = kept if kept and kept.token != token else self._logged_in()
            return self._kept.token != token

    def end(self) -> bool:
        """Revokes the token, where this run has logged in.

        :returns: whether there was one
        """
        kept = self._kept or self._stored()
        self._kept = None
        self._shared.remove("token")
        return kept is not None and revoke(self._by(kept.token))

    def _by(self, token: str) -> Client:
        return Client(self.cluster, _Fixed(token), self._state)

    def _current(self) -> _Kept:
        kept = self._stored() or self._kept
        if kept and kept.is_due and kept.is_renewable:
            grant = renew(self._by(kept.token))
            kept = self._keep(_Kept.granted(grant)) if grant else None
        # One that cannot be renewed is used to its end
        if kept and (not kept.ends or time.time() < kept.ends):
            return kept
        return self._logged_in()

    def _logged_in(self) -> _Kept:
        return self._keep(_Kept.granted(log_in(Client(self.cluster, None, self._state), self.login)))

    def _stored(self) -> _Kept | None:
        said = _object(self._shared.read("token"))
        token, ends, lasts = said.get("token"), said.get("ends"), said.get("lasts")
        if isinstance(token, str) and isinstance(ends, float | int) and isinstance(lasts, int):
            return _Kept(token, ends, said.get("renewable") is True, lasts)
        return None

    def _keep(self, kept: _Kept) -> _Kept:
        said = {"token": kept.token, "ends": kept.ends, "lasts": kept.lasts, "renewable": kept.is_renewable}
        self._shared.write("token", json.dumps(said))
        return kept


@dataclass(frozen=True)
class _Fixed:
    """One token, whatever becomes of it."""

    _token: str = field(repr=False)

    def token(self) -> str:
        """The one."""
        return self._token

    def refused(self, token: str) -> bool:
        """There is no other."""
        return False


def _secrets(login: Login) -> tuple[str, str]:
    """What tells two logins apart and is in no text of either."""
    return login.secret_id, login.jwt


def _object(text: str) -> dict[str, Any]:
    try:
        found = read_json(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
