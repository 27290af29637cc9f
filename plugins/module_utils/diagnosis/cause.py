# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis comes to: causes, each with how sure it is, where it is and what mends it, and what could not be known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .remedy import RemedyStep, words_of

__all__ = ["Cause", "CauseId", "Certainty", "Unknown", "Where"]


class Certainty(Enum):
    """How sure a cause is. Certain: nothing else explains what was seen. Possible: it fits, and so do others."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Where(Enum):
    """Where a cause is, and so who has to act."""

    DEVICE = "device"
    SOFTSWITCH = "softswitch"
    PATH = "path"
    CONTROLLER = "controller"


class CauseId(Enum):
    """Each cause by a name that stays. Their order is the order of causes that are equally sure: what others follow from comes first."""

    # What one end was told to do
    CONFIGURATION_UNREADABLE = "configuration_unreadable"
    CONFIGURATION_AMBIGUOUS = "configuration_ambiguous"
    PLAIN_SIP = "plain_sip"
    NAME_UNRESOLVED = "name_unresolved"
    # Time
    CLOCK_OFF = "clock_off"
    # Files, as such
    FILE_MISSING = "file_missing"
    FILE_FORBIDDEN = "file_forbidden"
    PEM_UNREADABLE = "pem_unreadable"
    KEY_ENCRYPTED = "key_encrypted"
    PAIR_MISMATCH = "pair_mismatch"
    # What is in a certificate
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CLIENT_AUTH_MISSING = "client_auth_missing"
    SERVER_AUTH_MISSING = "server_auth_missing"
    KEY_WEAK = "key_weak"
    # The way to an anchor
    ANCHOR_EXPIRED = "anchor_expired"
    ANCHOR_REPLACED = "anchor_replaced"
    INTERMEDIATE_MISSING = "intermediate_missing"
    AUTHORITY_UNKNOWN_TO_SOFTSWITCH = "authority_unknown_to_softswitch"
    AUTHORITY_UNKNOWN_TO_DEVICE = "authority_unknown_to_device"
    # Revocation
    CERTIFICATE_REVOKED = "certificate_revoked"
    CRL_STALE = "crl_stale"
    CRL_INCOMPLETE = "crl_incomplete"
    # Names
    DOMAIN_DIALLED_WRONG = "domain_dialled_wrong"
    SERVER_NAME_WRONG = "server_name_wrong"
    IDENTITY_MISMATCH = "identity_mismatch"
    # The way there
    SOFTSWITCH_SERVICE_DOWN = "softswitch_service_down"
    SOURCE_NOT_ADMITTED = "source_not_admitted"
    PORT_BLOCKED = "port_blocked"
    NOTHING_LISTENS = "nothing_listens"
    NO_ROUTE = "no_route"
    NO_TLS_SPOKEN = "no_tls_spoken"
    NAT_BETWEEN = "nat_between"
    # What the two ends have in common
    NO_COMMON_VERSION = "no_common_version"
    NO_COMMON_CIPHER = "no_common_cipher"
    NO_COMMON_GROUP = "no_common_group"
    NOTHING_IN_COMMON = "nothing_in_common"
    NO_CLIENT_CERTIFICATE = "no_client_certificate"
    # What is loaded
    SERVED_BEHIND_DISK = "served_behind_disk"
    DEVICE_BEHIND_DISK = "device_behind_disk"
    # Media
    SRTP_OFF = "srtp_off"
    SRTP_KEYING_MISMATCH = "srtp_keying_mismatch"
    SRTP_SUITE_MISMATCH = "srtp_suite_mismatch"
    MEDIA_PORTS_CLOSED = "media_ports_closed"
    MEDIA_NOT_AGREED = "media_not_agreed"
    # What shows later
    KEEPALIVE_TOO_SLOW = "keepalive_too_slow"
    HANDSHAKE_SLOW = "handshake_slow"
    # What mostly follows from something above
    DEVICE_SERVICE_DOWN = "device_service_down"
    REFUSED = "refused"
    NOT_REGISTERED = "not_registered"


@dataclass(frozen=True)
class Cause:
    """One cause.

    :ivar cause: a sentence without a full stop
    :ivar host: what the inventory calls the host that it is at; empty for the way between
    :ivar evidence: what was seen that says so, each a clause
    :ivar remedy: what to do about it, a clause
    :ivar steps: the same as data, in their order; none where there is nothing that could be said so exactly
    """

    id: CauseId
    cause: str
    certainty: Certainty
    where: Where
    host: str = ""
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    steps: tuple[RemedyStep, ...] = ()

    @property
    def fix(self) -> str:
        """The steps in words, without what this run was given."""
        return "; ".join(line for step in self.steps for line in words_of(step))


@dataclass(frozen=True)
class Unknown:
    """What could not be known, and why; both clauses."""

    what: str
    why: str
