# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: the domain that is dialled against the softswitch's certificate (RFC 5922), and the gateway's own against its AoR."""

from __future__ import annotations

from collections.abc import Iterator

from ..probe.steps import names_of
from ..sip.aor import comparable_host, find_aor, known_aors, normal_aor
from ..sip.domain_identity import domain_identities
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence
from .renewing import configured, renewed, rewritten

__all__ = ["RULES"]


def dialled(evidence: Evidence) -> Iterator[Cause]:
    """What the gateway dials, its SIP domain and the host that it registers at, by the identities of the served certificate."""
    softswitch, device, probed = evidence.softswitch, evidence.device, evidence.probed
    leaf = probed.served[0] if probed and probed.served else softswitch.own.leaf if softswitch else None
    if leaf is None:
        return
    identities = domain_identities(names_of(leaf))
    host = probed.host if probed else ""
    wanted = [evidence.domain] + ([host] if host and not _is_address(host) else [])
    lacking = [name for name in dict.fromkeys(wanted) if name not in identities]
    if not lacking:
        return
    if evidence.domain in identities and evidence.is_registered:
        return  # its client goes by the SIP domain, and that is right
    own = {comparable_host(one.name) for one in softswitch.domains} if softswitch else set()
    shown = f"its certificate speaks for {', '.join(identities) or 'no domain at all'}"
    register = device.settings.get("register", "")
    if evidence.domain in identities or (own and evidence.domain not in own):
        yield Cause(
            CauseId.DOMAIN_DIALLED_WRONG,
            f"{device.name} dials {lacking[0]}, and the softswitch is {', '.join(identities) or 'nobody'}: wrong SIP domain",
            Certainty.CERTAIN,
            Where.DEVICE,
            device.name,
            (
                shown,
                *([f"[sip] register = {register}"] if register else []),
                *([f"the softswitch serves {', '.join(sorted(own))}"] if own else []),
            ),
            "have it register at a name that the softswitch serves, whole and without a wildcard (RFC 5922)",
            configured(device, "register", "gateway_register", ""),
        )
        return
    yield Cause(
        CauseId.SERVER_NAME_WRONG,
        f"the certificate of the softswitch does not name the domain that is dialled, {lacking[0]}",
        Certainty.CERTAIN,
        Where.SOFTSWITCH,
        softswitch.name if softswitch else "",
        (
            shown,
            *(
                ["a wildcard is no identity in SIP (RFC 5922, section 7.2)"]
                if any("*" in one for one in identities)
                else []
            ),
        ),
        f"have it carry URI:sip:{lacking[0]} and DNS:{lacking[0]}; the inventory has to have it in vos_sip_domains or as vos_hostname",
        rewritten(softswitch, Where.SOFTSWITCH) if softswitch else (),
    )


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


def own(evidence: Evidence) -> Iterator[Cause]:
    """The gateway's certificate has to be that of the AoR that it registers."""
    device = evidence.device
    leaf = device.own.leaf
    if leaf is None:
        return
    names = names_of(leaf)
    status = evidence.probed.register_status if evidence.probed else None
    # Who is taken with it all the same has a softswitch that goes by something else
    named = find_aor(normal_aor(evidence.aor), known_aors(names.uris)) is not None
    if named or (status is not None and status < 300):
        return
    yield Cause(
        CauseId.IDENTITY_MISMATCH,
        f"{device.name} registers {evidence.aor} with the certificate of {', '.join(names.uris) or names.common_name or 'nobody'}: "
        "the identity is another",
        Certainty.CERTAIN,
        Where.DEVICE,
        device.name,
        (
            f"{device.file('certificate').path} names {', '.join(names.uris) or 'no SIP URI'}",
            *([f"REGISTER was refused with {status}"] if status and status >= 300 else []),
        ),
        "give the device the certificate that is its own; its names come from the inventory",
        renewed(device, Where.DEVICE),
    )


RULES = (dialled, own)
