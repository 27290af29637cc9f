# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The media policy of a SIP domain, in the words of Kamailio's routes and rtpengine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["media_policy"]

# What is taken where a domain names no suites: strongest first, without the truncated tags that RFC 4568 calls weak for SIP
_SUITES = ("AEAD_AES_256_GCM", "AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80")
# Names of drafts that devices still send
_HISTORIC = {
    f"AES_{bits}_CM_{tag}": f"AES_CM_{bits}_{tag}" for bits in (192, 256) for tag in ("HMAC_SHA1_80", "HMAC_SHA1_32")
}


def media_policy(domain: Mapping[str, Any]) -> dict[str, Any]:
    """What calls of a domain have to be like on the outside.

    :param domain: an entry of vos_sip_domains with all its defaults
    :returns: name (lower case), require, auth (sdes or dtls), suites (a regular expression for lines a=crypto), suites_named, and leg: what
        rtpengine is to offer a gateway of it
    """
    suites = tuple(domain["srtp_suites"]) or _SUITES
    written = [re.escape(name) for suite in suites for name in (suite, _HISTORIC.get(suite)) if name]
    if domain["srtp_auth"] == "sdes":
        leg = " ".join(["RTP/SAVP", "DTLS=off", *(f"SDES-only-{suite}" for suite in suites)])
    else:
        leg = "UDP/TLS/RTP/SAVP SDES-off"
    return {
        "name": str(domain["name"]).lower(),
        "require": bool(domain["srtp_require"]),
        "auth": domain["srtp_auth"],
        "suites": f"^a=crypto:[0-9]+ +({'|'.join(written)}) ",
        "suites_named": ", ".join(suites),
        "leg": leg,
    }
