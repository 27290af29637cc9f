# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to a register and to a signer: by the options of a task, an inventory source or a filter.

Whoever asks here does not know which pair it gets. Today there is one: the PKI directory, and the keys in it or in a token.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from .issuing.issuer import Issuer
from .issuing.key_signer import KeySigner
from .register import Register
from .signer import Signer
from .store.directory import PkiDirectory

__all__ = ["Opened", "opened", "resolved"]


def opened(issuer: Mapping[str, Any], base: Path) -> Opened:
    """The register and the signer that these options name. Nothing is read yet.

    :param issuer: ``pki``, and ``root_fingerprints`` where roots are pinned; for a signer also ``authority`` and ``passphrase``, and
        ``pkcs11_module`` and ``publication_url`` where they are given
    :param base: the folder on the controller at which a relative ``pki`` begins
    :raises SiptlsError: a fingerprint that is not one
    """
    return Opened(PkiDirectory(resolved(issuer["pki"], base), issuer.get("root_fingerprints")), issuer)


def resolved(pki: str | os.PathLike[str], base: Path) -> Path:
    """The absolute path of a PKI directory: as given, below the home of a user by ``~``, or else below ``base``."""
    path = base / Path(os.path.expandvars(pki)).expanduser()
    return Path(os.path.abspath(path))  # noqa: PTH100 -- a message names the path as it was given, not what links lead to


class Opened:
    """A register, and the signer of one of its CAs.

    :ivar directory: the PKI directory, for siptls.vos.authority alone, which makes CAs whose keys are kept in it
    """

    def __init__(self, directory: PkiDirectory, options: Mapping[str, Any]) -> None:
        self.directory = directory
        self._options = options

    @property
    def register(self) -> Register:
        """Who got what."""
        return self.directory

    @cached_property
    def signer(self) -> Signer:
        """The signer of the CA that the options name.

        :raises SiptlsError: there is no such CA, or it publishes elsewhere than at ``publication_url``
        """
        options = self._options
        name, url = options["authority"], options.get("publication_url")
        authority = self.directory.authority(name).reached_by(options.get("pkcs11_module"))
        if url is not None:
            authority.publication.check_base(url, where=f"authority {name}")
        return KeySigner(authority, options["passphrase"])

    @cached_property
    def issuer(self) -> Issuer:
        """Both, to issue certificates with.

        :raises SiptlsError: as :attr:`signer`
        """
        return Issuer(self.register, self.signer)
