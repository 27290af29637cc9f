# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``start`` writes Kamailio's files; ``reload`` writes them and has a running Kamailio take them up.

Both see to it that rtpengine runs, with the suites that the SIP domains allow.
"""

from __future__ import annotations

import grp
import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

from .kamailio_files import kamailio_cfg, media_environment, openssl_cnf, tls_cfg
from .vos_files import RefusedError, TlsServer, read_named_servers, read_revoked, read_sip_domains, read_tls_server

RUN = Path("/run/vos")
MEDIA = Path("/run/vos-media.environment")


def main() -> int:
    """Exit status 0, or 1 with the reason on standard error and nothing changed."""
    try:
        server = read_tls_server()
        domains = read_sip_domains()
        say_what_is_not_honoured(server)
        address = socket.gethostbyname(socket.gethostname())
        files = {
            "tls.cfg": tls_cfg(server, read_named_servers()),
            "openssl.cnf": openssl_cnf(server),
            "kamailio.cfg": kamailio_cfg(server, domains, address, silence=int(os.environ.get("LAB_SILENCE", "300"))),
        }
        before = {name: (RUN / name).read_text() if (RUN / name).exists() else "" for name in files}
        write(files)
        relay_media(media_environment(domains, address))
        if sys.argv[1:] == ["reload"]:
            try:
                take_up(
                    restart=any(before[name] != files[name] for name in ("openssl.cnf", "kamailio.cfg")),
                    revoked=read_revoked(server.crl_file),
                )
            except RefusedError:
                write(before)
                raise
    except RefusedError as refused:
        print(f"kamailio_translator: {refused}", file=sys.stderr)
        return 1
    return 0


def say_what_is_not_honoured(server: TlsServer) -> None:
    """Kamailio has a cache or none, and no setting for its size or for how long a session lasts: those are OpenSSL's."""
    if server.session_cache != "none":
        print(
            f"kamailio_translator: ssl_session_cache: a cache of OpenSSL's own size; wanted: {server.session_cache}\n"
            f"kamailio_translator: ssl_session_timeout: OpenSSL's own, 7200 s from 3.0 on; wanted: {server.session_timeout}",
            file=sys.stderr,
        )


def write(files: dict[str, str]) -> None:
    """Writes for Kamailio's eyes, who runs unprivileged."""
    user, group = pwd.getpwnam("kamailio").pw_uid, grp.getgrnam("kamailio").gr_gid
    os.chown(RUN, user, group)
    for name, text in files.items():
        temporary = RUN / f".{name}.new"
        temporary.write_text(text)
        os.chown(temporary, user, group)
        temporary.replace(RUN / name)


def relay_media(environment: str) -> None:
    """Has rtpengine run with this environment. Where it does so already, its calls go on."""
    changed = not MEDIA.exists() or MEDIA.read_text() != environment
    if changed:
        MEDIA.write_text(environment)
    subprocess.run(["systemctl", "restart" if changed else "start", "vos-media.service"], check=True)


def take_up(*, restart: bool, revoked: tuple[int, ...]) -> None:
    """New certificates and policy are reloaded, and connections live on, but for those of revoked certificates.

    What Kamailio reads at its start alone needs a restart.
    """
    if restart:
        check = subprocess.run(
            ["kamailio", "-c", "-f", str(RUN / "kamailio.cfg")], capture_output=True, text=True, check=False
        )
        if check.returncode != 0:
            raise RefusedError(f"kamailio -c: {check.stderr[-2000:]}")
        # Not from within ExecReload: systemd would wait for itself.
        subprocess.run(["systemctl", "--no-block", "restart", "vos.service"], check=True)
        return
    said = kamcmd("tls.reload")
    if said:
        raise RefusedError(f"Kamailio refuses the new TLS settings and goes on with the old ones: {said}")
    for serial in revoked:
        said = kamcmd("htable.seti", "revoked", f"s:{serial}", "1")
        if said:
            raise RefusedError(f"Kamailio does not take the revocation of {serial}: {said}")


def kamcmd(*command: str) -> str:
    """What is wrong, in Kamailio's words; nothing if all is well."""
    done = subprocess.run(["kamcmd", "-s", f"unix:{RUN}/ctl", *command], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    return said if done.returncode != 0 or "error" in said.lower() else ""


if __name__ == "__main__":
    sys.exit(main())
