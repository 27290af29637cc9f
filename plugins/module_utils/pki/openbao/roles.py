# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of OpenBao's PKI engine that the signer signs by: one for each profile, each with the name of its profile.

A role gives what a request cannot: key usages, the kinds of names, the domains that they are in, and how long a certificate may last. Who
has stolen a token that may sign by one role gets no other usages and no other domains.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ..x509.certificates import BACKDATED
from ..x509.profiles import Profile

__all__ = ["role_of"]


def role_of(profile: Profile, domains: Iterable[str], longest: timedelta) -> dict[str, Any]:
    """The parameters of the role for a profile.

    :param domains: in which, and below which, DNS names may be; SIP URIs are in them
    :param longest: how long a certificate may last from now on
    """
    names = list(dict.fromkeys(domains))
    has_names = not profile.is_responder
    return {
        # Names and usages are never those of a certificate signing request
        "use_csr_common_name": False,
        "use_csr_sans": False,
        "key_type": "any",
        "key_usage": ["DigitalSignature"],
        "ext_key_usage": [],
        "ext_key_usage_oids": list(profile.usages),
        **dict.fromkeys(("server_flag", "client_flag", "code_signing_flag", "email_protection_flag"), False),
        "basic_constraints_valid_for_non_ca": True,
        # Peers go by the alternative names (RFC 5922); a common name is any text
        "require_cn": True,
        "cn_validations": ["disabled"],
        "allowed_domains": names if has_names else [],
        "allow_bare_domains": has_names,
        "allow_subdomains": has_names,
        "allowed_uri_sans": [uri for name in names for uri in (f"sip:{name}", f"sip:*@{name}")] if has_names else [],
        **dict.fromkeys(("allow_any_name", "allow_glob_domains", "allow_wildcard_certificates"), False),
        **dict.fromkeys(("allow_localhost", "allow_ip_sans", "allow_token_displayname"), False),
        "allowed_other_sans": [],
        "allowed_serial_numbers": [],
        "allowed_user_ids": [],
        "enforce_hostnames": True,
        # What is not stored cannot be found again when an answer was lost
        "no_store": False,
        "generate_lease": False,
        # What limits not_after is ttl, which without a value of its own is that of the mount
        "ttl": round(longest.total_seconds()),
        "max_ttl": round(longest.total_seconds()),
        "not_after_bound": "ttl-limited",
        # By the clock of OpenBao: a not_before in the request is either refused or ignored
        "not_before_bound": "forbid",
        "not_before_duration": round(BACKDATED.total_seconds()),
        "policy_identifiers": [],
    }
