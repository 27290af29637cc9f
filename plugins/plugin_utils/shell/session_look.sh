# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Connects to a TLS server some times, once afresh and then with the session of that, and tells what openssl says; leaves nothing behind.
# shellcheck disable=SC2154  # the assignments of connect, certificate, attempts, ... stand in front of this script

main() {
  command -v openssl >/dev/null || die 'openssl is not installed. Expected: the openssl command, version 1.1.1 or later'
  at=${TMPDIR:-/tmp}/siptls-session-$token
  mkdir -m 700 "$at" || die "cannot make $at. Expected: a folder for temporary files that this user may write to"
  trap 'rm -rf "$at"' EXIT
  mkfifo "$at/in" || die "cannot make a fifo in $at"
  for version in tls1_2 tls1_3; do
    tell "$version" -sess_out "$at/$version"
    attempt=0
    while [ -s "$at/$version" ] && [ "$attempt" -lt "$attempts" ]; do
      attempt=$((attempt + 1))
      tell "$version" -sess_in "$at/$version"
    done
  done
}

# tell VERSION ARGUMENT...: a field for one connection, and what openssl says of it.
tell() {
  field connection "$1"
  bounded connect_once "$@" | grep -e '^New, ' -e '^Reused, ' -e 'ticket lifetime hint' -e '^ *Timeout *:' | sed 's/^/ /' || :
}

# connect_once VERSION ARGUMENT...: the tickets of TLS 1.3 come after the handshake, so who wants one stays for a moment. Nothing is between
# it and openssl that would outlive the one and keep the other.
connect_once() {
  version=$1
  shift
  stay=0
  [ "$version $1" != 'tls1_3 -sess_out' ] || stay=0.5
  set -- "-$version" -connect "$connect" "$@"
  [ -z "$server_name" ] || set -- "$@" -servername "$server_name"
  [ ! -r "$certificate" ] || set -- "$@" -cert "$certificate" -key "$private_key" -pass pass:
  { sleep "$stay" || sleep 1; } >"$at/in" 2>/dev/null &
  exec openssl s_client "$@" <"$at/in" 2>&1
}
