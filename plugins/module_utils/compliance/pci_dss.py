# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PCI DSS 4.0.1: the requirements that encrypted registration touches, each in words of our own.

The numbers are those of "Payment Card Industry Data Security Standard: Requirements and Testing Procedures, v4.0.1", June 2024, in the
document library of the PCI SSC. Requirements 3.6 and 3.7 are about keys that protect stored account data, which are not ours.
"""

from __future__ import annotations

from . import criteria as ask
from .controls import Control

__all__ = ["PCI_DSS"]

_FRAMEWORK = "PCI DSS 4.0.1"
_SOURCE = "https://www.pcisecuritystandards.org/document_library/?category=pcidss&document=pci_dss"
_STORED = (
    "the requirement is about keys that protect stored account data, and nothing here stores any; the keys of this system protect "
    "transmission, see 4.2.1 and 4.2.1.1"
)
_PEOPLE = "the requirement is about the accounts of people, and of systems that people can log in to; devices here log in with certificates"

_MODES = ask.check("modes", "nobody but the owner and the service reads the private key on the device")
_PAIR = ask.check("pair", "certificate and private key on the device belong together")
_LIFETIME = ask.check("lifetime", "the certificate is within its lifetime, and renewed in time")
_REVOCATION = ask.check("revocation", "the certificate was not revoked")
_RECORD = ask.check("record", "the certificate on the device is the one on record")
_IDENTITY = ask.check("identity", "the certificate names the device that the inventory has there")
_ANCHORS = ask.check("anchors", "the device trusts the authorities that it is to trust, and no others")
_CLOCK = ask.check("clock", "the clock of the device agrees with that of the controller")

_STORED_KEYS = (
    ("3.6.1", "Keys that protect stored account data are kept from disclosure and misuse", (_MODES,)),
    ("3.7.1", "Strong keys are made for stored account data", (ask.key_strength,)),
    ("3.7.2", "Keys for stored account data are handed out securely", ()),
    ("3.7.3", "Keys for stored account data are stored securely", (_MODES,)),
    ("3.7.4", "Keys for stored account data are changed at the end of their time", (_LIFETIME,)),
    ("3.7.5", "Keys for stored account data are retired where they are old, weakened or compromised", (_REVOCATION,)),
    ("3.7.6", "Work by hand with keys in the clear is divided among several people", ()),
    ("3.7.7", "Nobody puts another key in the place of one for stored account data", (_PAIR, _RECORD)),
    ("3.7.8", "Who has custody of keys has accepted that duty formally", ()),
)

PCI_DSS: tuple[Control, ...] = (
    Control(
        _FRAMEWORK,
        "2.2.7",
        "Administration over the network is encrypted",
        _SOURCE,
        out_of_reach="how administrators reach the devices is not in the document; SIP over TLS is no administrative access",
    ),
    *(
        Control(_FRAMEWORK, number, title, _SOURCE, criteria=criteria, out_of_reach=_STORED)
        for number, title, criteria in _STORED_KEYS
    ),
    Control(
        _FRAMEWORK,
        "4.2.1",
        "Account data on open networks is sent with strong cryptography: trusted certificates in force, secure versions, strong keys",
        _SOURCE,
        criteria=(
            ask.check("chain", "the certificate verifies up to a trust anchor"),
            _LIFETIME,
            _REVOCATION,
            ask.check("crl", "the softswitch has revocation lists that are current", ask.SOFTSWITCHES),
            _ANCHORS,
            ask.second_certificate,
            ask.verify_mode,
            ask.check("tls", "TLS is as the inventory wants it"),
            ask.protocols,
            ask.key_strength,
            ask.media,
            ask.check("media", "media is as the inventory wants it", ask.GATEWAYS),
        ),
        fleet=(ask.revocation_lists,),
        beyond="whether account data is spoken or dialled in these calls, and the way that they take beyond the softswitch",
    ),
    Control(
        _FRAMEWORK,
        "4.2.1.1",
        "There is an inventory of the trusted keys and certificates that protect account data in transmission",
        _SOURCE,
        criteria=(ask.inventory, _RECORD, _ANCHORS),
        fleet=(ask.authorities,),
        beyond="keys and certificates of systems that are not in the Ansible inventory",
    ),
    Control(
        _FRAMEWORK,
        "4.2.1.2",
        "Wireless networks with account data, or connected to it, have strong cryptography",
        _SOURCE,
        out_of_reach="the networks below SIP and RTP are not in the document",
    ),
    Control(
        _FRAMEWORK,
        "8.3.11",
        "A certificate that authenticates belongs to one user, and to nobody else",
        _SOURCE,
        criteria=(_IDENTITY, _PAIR),
        out_of_reach=_PEOPLE,
    ),
    Control(
        _FRAMEWORK,
        "8.6.3",
        "Passwords of application and system accounts are protected against misuse",
        _SOURCE,
        out_of_reach=_PEOPLE,
    ),
    Control(
        _FRAMEWORK,
        "10.2.1.1",
        "Logs show who accessed cardholder data",
        _SOURCE,
        out_of_reach="what is said in calls is neither read nor kept here",
    ),
    Control(
        _FRAMEWORK,
        "10.2.1.2",
        "Logs show what administrators did",
        _SOURCE,
        out_of_reach="administration is logged by the systems of the devices and of the controller, which the document does not hold",
    ),
    Control(
        _FRAMEWORK,
        "10.2.1.4",
        "Logs show attempts to get in that were refused",
        _SOURCE,
        fleet=(ask.failures,),
        beyond="attempts elsewhere than in TLS handshakes with the softswitches",
    ),
    Control(
        _FRAMEWORK,
        "10.2.2",
        "Each entry says who, what, when, with which result, from where, and what it was about",
        _SOURCE,
        fleet=(ask.failures,),
        beyond="entries of other logs than that of failed handshakes; who it was is the source address, as a refused client has no name",
    ),
    Control(
        _FRAMEWORK,
        "10.3.2",
        "Log files are protected against changes",
        _SOURCE,
        out_of_reach="the modes of the log files on the softswitches are not in the document; the role siptls.vos.audit sets them",
    ),
    Control(
        _FRAMEWORK,
        "10.5.1",
        "Logs are kept for 12 months, the last three of them at hand",
        _SOURCE,
        out_of_reach="how long logs are kept is not in the document; audit_keep_days of the role siptls.vos.audit is 365 by default",
    ),
    Control(
        _FRAMEWORK,
        "10.6.1",
        "Clocks are synchronized",
        _SOURCE,
        criteria=(_CLOCK,),
        beyond="which time source each device and the controller follow (10.6.2), and who may change its settings (10.6.3)",
    ),
    Control(
        _FRAMEWORK,
        "12.3.3",
        "Protocols and cipher suites in use are documented, and reviewed every 12 months",
        _SOURCE,
        criteria=(ask.ciphers,),
        beyond="that somebody reviews this list every 12 months, follows what becomes of the algorithms, and has a plan",
    ),
)
