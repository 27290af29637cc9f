# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a PKI directory, kept as entries of a KV version 2 engine of OpenBao.

An entry has the path of the file and its text. It is written by check-and-set with the version 0, so that of two controllers one
succeeds, and a policy without ``update`` and ``delete`` keeps what is recorded even from whoever stole the token. A text that is larger
than an entry of Raft may be is kept in parts, named by their content, below ``parts/``; the entry then names them.

What was read once is not read again: entries never change. The exception, publication.txt, is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from ...bao.client import Client
from ...bao.reply import Reply
from ...errors import SiptlsError
from ..text.reader import TEXT_LIMIT, PkiFiles

__all__ = ["KvFiles"]

#: Characters of one entry; an entry of Raft's log holds 1 MiB by default.
_PART = 512 << 10
_MOST_PARTS = 256
_FILES = (".pem", ".txt")
_CHANGES = "publication.txt"


class KvFiles(PkiFiles):
    """The entries of one mount.

    :param mount: of the engine; paths begin with it
    """

    def __init__(self, client: Client, mount: str) -> None:
        super().__init__(Path(mount))
        self._client, self._mount = client, mount
        self._known: dict[str, bytes] = {}
        self._scanned: dict[str, set[str]] | None = None

    def read(self, path: Path, limit: int = TEXT_LIMIT) -> bytes:
        """The text of an entry.

        :raises SiptlsError: there is none, it is too large, or it is no text
        """
        found = self._found(path)
        if found is None:
            raise self._unreadable(path, "No such entry")
        if len(found) > limit:
            raise self._unreadable(path, f"{len(found)} bytes, more than {limit}")
        return found

    def names(self, folder: Path, ending: str = "") -> list[str]:
        """The names in a folder with this ending, sorted; none where there is no such folder.

        :raises SiptlsError: OpenBao does not list them
        """
        if self._scanned is not None:
            found = self._scanned.get(str(folder), set())
        else:
            reply = self._client.list(self._api("metadata", folder) + "/")
            if not reply.is_missing:
                self._checked(reply, "OpenBao does not list this folder", folder)
            found = {name.removesuffix("/") for name in reply.keys}
        return sorted(name for name in found if name.endswith(ending) and not name.startswith(".") and "/" not in name)

    def has(self, path: Path) -> bool:
        """Whether there is an entry or a folder with this name.

        :raises SiptlsError: OpenBao does not tell
        """
        if path.suffix in _FILES and path.parent.name != "authorities":
            if self._scanned is not None:
                return path.name in self._scanned.get(str(path.parent), set())
            return self._found(path) is not None
        return bool(self.names(path))

    def writable(self, path: Path) -> Path:
        """``path``: there are no links here."""
        return path

    def check_folders(self, path: Path) -> None:
        """There are no links here."""

    def create(self, path: Path, content: bytes) -> None:
        """Puts an entry there, and never over another.

        :raises FileExistsError: there is one already, with another text or of a writer that was faster
        :raises SiptlsError: OpenBao refuses
        """
        body = {"options": {"cas": 0}, "data": self._data(content)}
        reply = self._client.write(self._api("data", path), body)
        if reply.is_wrong or reply.is_refused:
            # Whoever may create and not update is refused where there is an entry
            self._known.pop(str(path), None)
            if self._found(path) is not None:
                raise FileExistsError(str(path))
        self._checked(reply, "OpenBao does not keep this record", path)
        self._known[str(path)] = content

    def replace(self, path: Path, content: bytes) -> None:
        """Puts an entry there in place of the last one.

        :raises SiptlsError: OpenBao refuses, or another controller was faster
        """
        _text, version = self.fresh(path)
        if not self.swap(path, content, version):
            raise SiptlsError(
                "another controller has changed this record meanwhile",
                where=f"{path} at {self._client.cluster}",
                remedy="run again",
            )

    def fresh(self, path: Path) -> tuple[bytes, int]:
        """The text of an entry as it is now, and its version; no text and 0 where there is none.

        :raises SiptlsError: OpenBao does not show it
        """
        reply = self._client.read(self._api("data", path))
        if reply.is_missing:
            return b"", 0
        self._checked(reply, "OpenBao does not show this record", path)
        about = reply.data.get("metadata")
        version = about.get("version") if isinstance(about, dict) else None
        if not isinstance(version, int):
            raise self._unreadable(path, "an entry without a version")
        return self._text(reply, path), version

    def swap(self, path: Path, content: bytes, version: int) -> bool:
        """Puts an entry there, if the last one has this version.

        :returns: whether it had
        :raises SiptlsError: OpenBao refuses
        """
        body = {"options": {"cas": version}, "data": self._data(content)}
        reply = self._client.write(self._api("data", path), body)
        if reply.is_wrong and self.fresh(path)[1] != version:
            return False
        self._checked(reply, "OpenBao does not keep this record", path)
        self._known.pop(str(path), None)
        return True

    @contextmanager
    def listed_once(self) -> Iterator[None]:
        """All names are asked for at once, and for as long as this lasts not again: for what reads the records of all devices."""
        if self._scanned is not None:
            yield
            return
        path = f"{self._mount}/metadata/"
        reply = self._client.request("SCAN", path)
        if not reply.is_missing:
            self._client.checked(reply, "OpenBao does not list the records", path)
        found: dict[str, set[str]] = {}
        for name in reply.keys:
            above = Path(self._mount)
            for part in name.split("/"):
                found.setdefault(str(above), set()).add(part)
                above /= part
        self._scanned = found
        try:
            yield
        finally:
            self._scanned = None

    def _found(self, path: Path) -> bytes | None:
        if str(path) not in self._known:
            reply = self._client.read(self._api("data", path))
            if reply.is_missing:
                return None
            text = self._text(self._checked(reply, "OpenBao does not show this record", path), path)
            if path.name == _CHANGES:
                return text
            self._known[str(path)] = text
        return self._known[str(path)]

    def _text(self, reply: Reply, path: Path) -> bytes:
        data = reply.data.get("data")
        text, parts = (data.get("text"), data.get("parts")) if isinstance(data, dict) else (None, None)
        if isinstance(parts, list) and len(parts) <= _MOST_PARTS and all(isinstance(one, str) for one in parts):
            return b"".join(self._part(one) for one in parts)
        if not isinstance(text, str):
            raise self._unreadable(path, "an entry without a text")
        return text.encode(errors="replace")

    def _part(self, digest: str) -> bytes:
        path = self._part_path(digest)
        reply = self._checked(self._client.read(self._api("data", path)), "OpenBao does not show this record", path)
        data = reply.data.get("data")
        text = str(data.get("text")).encode() if isinstance(data, dict) else b""
        if hashlib.sha256(text).hexdigest() != digest:
            raise self._unreadable(path, "a text with another SHA-256")
        return text

    def _data(self, content: bytes) -> dict[str, object]:
        """The data of an entry, whose parts, if it has any, are there before it."""
        text = content.decode()
        if len(text) <= _PART:
            return {"text": text}
        parts = []
        for at in range(0, len(text), _PART):
            part = text[at : at + _PART].encode()
            digest = hashlib.sha256(part).hexdigest()
            with suppress(FileExistsError):
                self.create(self._part_path(digest), part)
            parts.append(digest)
        return {"parts": parts}

    def _part_path(self, digest: str) -> Path:
        return Path(self._mount) / "parts" / f"{digest}.txt"

    def _api(self, kind: str, path: Path) -> str:
        return f"{self._mount}/{kind}/{quote(str(path.relative_to(self._mount)))}".removesuffix("/.")

    def _checked(self, reply: Reply, problem: str, path: Path) -> Reply:
        return self._client.checked(reply, problem, str(path))

    def _unreadable(self, path: Path, found: str) -> SiptlsError:
        return SiptlsError(
            "this record in OpenBao cannot be read",
            where=f"{path} at {self._client.cluster}",
            found=found,
            remedy=f"see who changed it: bao kv metadata get {path}; or restore a snapshot of OpenBao",
        )
