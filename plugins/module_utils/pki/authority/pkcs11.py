# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private key that stays in a PKCS #11 token: a smart card, a hardware security module, SoftHSM.

What is kept of it here is its name, an RFC 7512 URI without the PIN. The library that is loaded to reach it is code, so its path
comes from the playbook or the inventory alone, and never from the PKI directory. Needs python-pkcs11 on the controller.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from ...errors import SiptlsError
from ...files import exclusive
from ..x509.keys import describe_public_key
from .pkcs11_keys import ALGORITHMS, public_key_of, signing_key_for

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        CertificatePublicKeyTypes,
    )
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

try:
    import pkcs11
    from pkcs11 import exceptions as refusals
except ImportError:
    pkcs11 = None

__all__ = ["TokenKey"]


@dataclass(frozen=True)
class TokenKey:
    """The name of a private key in a token.

    :ivar module: the PKCS #11 library of the token's maker, a path; empty where nobody has named one, and the key cannot be used
    :ivar token: the token's label
    :ivar object: the key's label in it
    :ivar lock: a file that is locked while a process logs in, since a token takes one at a time
    """

    module: str
    token: str
    object: str
    lock: Path = field(compare=False)

    def uri(self) -> str:
        """As an RFC 7512 URI: token and key, and no library."""
        return f"pkcs11:token={quote(self.token, safe='')};object={quote(self.object, safe='')};type=private"

    @classmethod
    def parse(cls, uri: str, *, module: str, where: str, lock: Path) -> TokenKey:
        """The key that :meth:`uri` named, reached by ``module``.

        Files of versions before 0.4.0 name the library as well; they are accepted where it is the same one.

        :param module: from the playbook or the inventory; empty where none is named
        :raises SiptlsError: the text names no key in a token, or anything but token and key
        """
        path, _mark, query = uri.strip().removeprefix("pkcs11:").partition("?")
        parts, more = _attributes(path, ";"), _attributes(query, "&")
        if not {"token", "object"} <= parts.keys() <= {"token", "object", "type"} or more.keys() - {"module-path"}:
            raise SiptlsError(
                "this names no key in a token",
                where=where,
                expected="pkcs11:token=...;object=...;type=private (RFC 7512), and nothing else",
                found="the attributes " + (", ".join([*parts, *more]) or "none"),
                remedy="restore the file from git",
            )
        named = more.get("module-path")
        if named is not None and module and named != module:
            raise SiptlsError(
                "the file names another PKCS #11 module than the inventory; no module is loaded because a file says so",
                where=where,
                expected=f"module-path={module}, or no module-path",
                found=f"module-path={named}",
                remedy="find out who changed the file; then remove ?module-path=... from it",
            )
        return cls(module, parts["token"], parts["object"], lock)

    def open(self, pin: str, public_key: CertificatePublicKeyTypes, *, where: str) -> CertificateIssuerPrivateKeyTypes:
        """The key, to sign with, proven to be the other half of ``public_key``.

        :raises SiptlsError: the token or the key is not there, the PIN is wrong, or the key is another's
        """
        with _in_words(self, where):
            session = self._session(pin, where)
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=str(self.object))
            signing_key = signing_key_for(key, public_key, where=where)
            try:
                signing_key.prove()
            except InvalidSignature:
                raise SiptlsError(
                    "the key in the token does not belong to this authority's certificate",
                    where=where,
                    found=self.uri(),
                    remedy="name the key that was made for it",
                ) from None
        return signing_key

    def make(self, pin: str, key_type: str, *, where: str) -> CertificateIssuerPrivateKeyTypes:
        """The key of that name; made in the token, never to leave it, where it is not there.

        :raises SiptlsError: the token is not there, the PIN is wrong, or the key that is there is of another type
        """
        if key_type not in ALGORITHMS:
            raise SiptlsError(
                f"a key of type {key_type} cannot be kept in a token",
                where=where,
                expected="one of " + ", ".join(ALGORITHMS),
            )
        with _in_words(self, where):
            session = self._session(pin, where)
            present = list(
                session.get_objects(
                    {
                        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY,
                        pkcs11.Attribute.LABEL: str(self.object),
                    }
                )
            )
            public = present[0] if present else ALGORITHMS[key_type](session, str(self.object))
            public_key = public_key_of(public)
        if describe_public_key(public_key) != key_type:
            raise SiptlsError(
                "the key in the token is of another type",
                where=where,
                expected=key_type,
                found=f"{describe_public_key(public_key)}, {self.uri()}",
            )
        return self.open(pin, public_key, where=where)

    def _session(self, pin: str, where: str) -> Any:
        if pkcs11 is None:
            raise SiptlsError(
                "working with a key in a token needs the Python library python-pkcs11",
                expected="python-pkcs11 0.7 or later beside ansible-core",
                remedy="pip install python-pkcs11 in Ansible's environment",
            )
        if not self.module:
            raise SiptlsError(
                "the private key is in a token, and no PKCS #11 module is named",
                where=where,
                expected="pki_root_pkcs11.module or pki_issuing_pkcs11.module in the inventory,"
                " or issuer.pkcs11_module or key.pkcs11.module of the task",
                found=self.uri(),
                remedy="name the library of the token's maker, such as /usr/lib/softhsm/libsofthsm2.so",
            )
        # Plain text: the library takes no text that Ansible has marked
        with exclusive(self.lock):
            return _session(os.getpid(), str(self.module), str(self.token), str(pin))


def _attributes(text: str, separator: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(separator) if part)
    return {name: unquote(value) for name, _equals, value in pairs}


@cache
def _session(_process: int, module: str, token: str, pin: str) -> Any:
    """A session with the token; one for each process, since a token lets a process log in once."""
    return pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin, rw=True)


@contextmanager
def _in_words(key: TokenKey, where: str) -> Iterator[None]:
    """What a token refuses, as an error for an operator."""
    if pkcs11 is None:
        yield
        return
    try:
        yield
    except (refusals.PinIncorrect, refusals.PinInvalid, refusals.PinLenRange, refusals.UserAlreadyLoggedIn):
        raise SiptlsError(
            "the PIN is not that of the token",
            where=where,
            found=f"refused by token {key.token!r}",
            remedy="correct the passphrase, which is the token's PIN; most tokens lock themselves after a few tries",
        ) from None
    except refusals.PinLocked:
        raise SiptlsError(
            "the token has locked itself after wrong PINs",
            where=where,
            found=f"token {key.token!r}",
            remedy="unlock it with its security officer's PIN",
        ) from None
    except refusals.NoSuchToken:
        raise SiptlsError(
            f"there is no token {key.token!r}",
            where=where,
            expected=f"a token of that label, by {key.module}",
            remedy="connect it, or correct the label",
        ) from None
    except refusals.NoSuchKey:
        raise SiptlsError(
            f"there is no private key {key.object!r} in the token",
            where=where,
            expected=key.uri(),
            remedy="restore the token, or correct the label",
        ) from None
    except refusals.PKCS11Error as error:
        # What the token itself refuses has a class of its own below this one
        if error.__class__ is refusals.PKCS11Error:
            raise SiptlsError(
                "the token's library cannot be loaded",
                where=where,
                expected="the PKCS #11 library of the token's maker",
                found=f"{key.module}: {error}",
                remedy="install it on the controller, or correct the path",
            ) from None
        raise SiptlsError(
            "the token did not do it",
            where=where,
            expected=f"token {key.token!r} by {key.module}",
            found=f"{type(error).__name__} {error}".strip(),
        ) from None
