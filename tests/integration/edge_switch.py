# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asterisk as the switch behind the edge: plain SIP over UDP, gateways by digest, one trunk by address and port."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.siptls.vos.tests.integration.edge_lab import INSIDE, ROOTS, SWITCH, EdgeLab, await_true

__all__ = ["Asterisk", "password_of"]

_FILES = {
    "asterisk.conf": """\
[directories]
astetcdir => /etc/siptls-edge/asterisk
astmoddir => /usr/lib/x86_64-linux-gnu/asterisk/modules
astvarlibdir => /var/lib/asterisk
astdbdir => /tmp
astkeydir => /tmp
astdatadir => /usr/share/asterisk
astagidir => /tmp
astspooldir => /tmp
astrundir => /tmp
astlogdir => /tmp
""",
    "logger.conf": "[logfiles]\nconsole => notice,warning,error,verbose\n",
    "modules.conf": "[modules]\nautoload=yes\n"
    + "".join(
        f"noload => {name}\n"
        for name in (
            "chan_iax2.so",
            "chan_unistim.so",
            "chan_skinny.so",
            "chan_mgcp.so",
            "chan_dahdi.so",
            "pbx_dundi.so",
            "app_voicemail.so",
        )
    ),
    "rtp.conf": "[general]\nrtpstart=10000\nrtpend=20000\nstrictrtp=no\n",
    "extensions.conf": """\
[gateways]
exten => echo,1,Answer()
 same => n,Echo()
exten => ring,1,Ringing()
 same => n,Wait(60)
exten => busy,1,Hangup(17)
exten => _gw.,1,Dial(PJSIP/${EXTEN},30)
exten => _7X.,1,Dial(PJSIP/${EXTEN}@trunk7,30)
exten => _[A-Za-z0-9].,2,Hangup()
""",
}
_TRANSPORT = f"[inside]\ntype=transport\nprotocol=udp\nbind={SWITCH}:5060\n\n"


def password_of(name: str) -> str:
    """The digest password of a gateway, which the edge does not know."""
    return f"secret-of-{name}"


class Asterisk:
    """It runs inside until the laboratory ends.

    :param names: of gateways that register
    :param trunk: the inside port that leads to a gateway which does not; 0 for none
    """

    def __init__(self, lab: EdgeLab, names: Iterable[str], trunk: int = 0) -> None:
        self._lab = lab
        folder = lab.folder / "asterisk"
        folder.mkdir()
        for name, content in {
            **_FILES,
            "pjsip.conf": _TRANSPORT + "".join(_gateway(one) for one in names) + _trunk(trunk),
        }.items():
            (folder / name).write_text(content)
        command = ["asterisk", "-f", "-vvv", "-C", "/etc/siptls-edge/asterisk/asterisk.conf"]
        self.program = lab.run(lab.inside, ROOTS / "sid", "asterisk", command)
        await_true(lambda: "fully booted" in self.ask("core waitfullybooted"), self.program.text, 60)

    def ask(self, command: str) -> str:
        """What it answers on its console."""
        folder = "/etc/siptls-edge/asterisk/asterisk.conf"
        return self._lab.inside.run(
            "chroot", str(ROOTS / "sid"), "asterisk", "-C", folder, "-rx", command, check=False
        ).stdout

    def registered(self) -> set[str]:
        """The names of gateways that it holds a registration of."""
        lines = [line.split() for line in self.ask("pjsip show contacts").splitlines()]
        return {line[1].partition("/")[0] for line in lines if line[:1] == ["Contact:"] and "@" in line[1]}

    def originate(self, channel: str, application: str = "Echo") -> str:
        """Has it call somebody."""
        return self.ask(f"channel originate {channel} application {application}")

    def channels(self) -> int:
        """How many are up."""
        said = self.ask("core show channels count")
        return int(said.split()[0]) if said[:1].isdigit() else 0


def _gateway(name: str) -> str:
    return f"""\
[{name}]
type=endpoint
transport=inside
context=gateways
disallow=all
allow=ulaw,alaw
auth={name}
aors={name}
direct_media=no
from_domain={SWITCH}
[{name}]
type=auth
auth_type=userpass
username={name}
password={password_of(name)}
[{name}]
type=aor
max_contacts=1
remove_existing=yes
minimum_expiration=10

"""


def _trunk(port: int) -> str:
    if not port:
        return ""
    return f"""\
[trunk7]
type=endpoint
transport=inside
context=gateways
disallow=all
allow=ulaw,alaw
aors=trunk7
direct_media=no
[trunk7]
type=aor
contact=sip:{INSIDE}:{port}
[trunk7]
type=identify
endpoint=trunk7
match={INSIDE}:{port}

"""
