# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HIPAA Security Rule, technical safeguards: 45 CFR 164.312, each in words of our own."""

from __future__ import annotations

from . import criteria as ask
from .controls import Control

__all__ = ["HIPAA"]

_FRAMEWORK = "HIPAA Security Rule"
_SOURCE = "https://www.ecfr.gov/current/title-45/section-164.312"
_KEPT = "the safeguard is about health information that is kept, and nothing here keeps any; on the way it is under 164.312(e)"
_PEOPLE = "the safeguard is about the people who use a system with health information, whom the document does not know"

_CHAIN = ask.check("chain", "the certificate verifies up to a trust anchor")
_IDENTITY = ask.check("identity", "the certificate names the device that the inventory has there")
_REGISTRATION = ask.check("registration", "the gateway is registered with its own certificate", ask.GATEWAYS)
_REVOCATION = ask.check("revocation", "the certificate was not revoked")
_TLS = ask.check("tls", "TLS is as the inventory wants it")
_MEDIA = ask.check("media", "media is as the inventory wants it", ask.GATEWAYS)
_BEYOND = "the way that calls take beyond the softswitch, and everything that is not a call"

HIPAA: tuple[Control, ...] = (
    Control(
        _FRAMEWORK,
        "164.312(a)(1)",
        "Only persons and programs with a right to it have access",
        _SOURCE,
        criteria=(ask.verify_mode, _CHAIN, _IDENTITY, _REVOCATION),
        beyond="access of people and programs to records with health information; only which devices the softswitch admits was verified",
    ),
    Control(
        _FRAMEWORK,
        "164.312(a)(2)(i)",
        "Each user has a name of their own",
        _SOURCE,
        criteria=(_IDENTITY,),
        out_of_reach=_PEOPLE,
    ),
    Control(
        _FRAMEWORK, "164.312(a)(2)(ii)", "There is a way to the data in an emergency", _SOURCE, out_of_reach=_PEOPLE
    ),
    Control(_FRAMEWORK, "164.312(a)(2)(iii)", "Sessions that are left alone are ended", _SOURCE, out_of_reach=_PEOPLE),
    Control(
        _FRAMEWORK,
        "164.312(a)(2)(iv)",
        "Health information can be encrypted and decrypted",
        _SOURCE,
        out_of_reach=_KEPT,
    ),
    Control(
        _FRAMEWORK,
        "164.312(b)",
        "What happens in systems with health information is recorded and examined",
        _SOURCE,
        fleet=(ask.failures,),
        beyond="all else that is to be recorded, and that somebody examines the records",
    ),
    Control(
        _FRAMEWORK,
        "164.312(c)(1)",
        "Health information is protected against alteration and destruction",
        _SOURCE,
        out_of_reach=_KEPT,
    ),
    Control(
        _FRAMEWORK,
        "164.312(c)(2)",
        "A mechanism shows that health information was not altered or destroyed",
        _SOURCE,
        out_of_reach=_KEPT,
    ),
    Control(
        _FRAMEWORK,
        "164.312(d)",
        "Who seeks access is shown to be the one that they claim to be",
        _SOURCE,
        criteria=(
            ask.verify_mode,
            ask.check("pair", "certificate and private key on the device belong together"),
            _CHAIN,
            ask.check("lifetime", "the certificate is within its lifetime, and renewed in time"),
            _REVOCATION,
            ask.second_certificate,
            _IDENTITY,
            _REGISTRATION,
        ),
        beyond="the people behind the devices",
    ),
    Control(
        _FRAMEWORK,
        "164.312(e)(1)",
        "Health information is guarded on its way over networks",
        _SOURCE,
        criteria=(_CHAIN, _TLS, ask.protocols, ask.verify_mode, ask.media, _MEDIA),
        beyond=_BEYOND,
    ),
    Control(
        _FRAMEWORK,
        "164.312(e)(2)(i)",
        "Changes to health information on its way are noticed",
        _SOURCE,
        criteria=(_TLS, ask.protocols, ask.media, _MEDIA),
        beyond=_BEYOND,
    ),
    Control(
        _FRAMEWORK,
        "164.312(e)(2)(ii)",
        "Health information is encrypted on its way, where that is appropriate",
        _SOURCE,
        criteria=(_TLS, ask.protocols, ask.key_strength, ask.media, _MEDIA),
        beyond=_BEYOND,
    ),
)
