# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a platform is to the controller: what it cannot express, and how its configuration file is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Platform", "SettingsFile"]


@dataclass(frozen=True)
class SettingsFile:
    """The configuration file of a platform, as a diagnosis reads it: an INI file, of which one section is ours.

    :ivar path: where it is by default
    :ivar section: the section that is ours
    :ivar certificate: the key that names the certificate; so for the others. Empty where the file has no such key
    :ivar settings: the keys whose values may leave the device; others may be secret
    :ivar verify_mode: the key for what a client's certificate has to be; empty where the file has none
    :ivar verify_modes: its values, each with the value of ``vos_verify_mode`` that it stands for
    """

    path: str
    section: str
    certificate: str
    private_key: str
    trust_bundle: str
    crl: str = ""
    settings: frozenset[str] = frozenset()
    verify_mode: str = ""
    verify_modes: Mapping[str, str] = field(default_factory=dict)

    @property
    def pair_and_trust(self) -> tuple[str, str, str, str]:
        """The keys that name files: certificate, private key, trust bundle, CRL."""
        return self.certificate, self.private_key, self.trust_bundle, self.crl


@dataclass(frozen=True)
class Platform:
    """A softswitch or gateway.

    :ivar name: as ``vos_platform`` or ``gateway_platform`` has it, and as its folder is called
    :ivar file: its configuration file
    :ivar lacks: what it cannot express, by the name of the capability (``policy/capabilities.py``), each with the alternative: what
        an operator does instead, as a clause such as "put an edge in front of it"
    :ivar inventory: variables that the inventory has to set for such a host, as the defaults of the role are those of another
        platform, each with a value that fits. Other hosts see what is in the inventory, and not what is in a role
    """

    name: str
    file: SettingsFile
    lacks: Mapping[str, str] = field(default_factory=dict)
    inventory: Mapping[str, str] = field(default_factory=dict)
