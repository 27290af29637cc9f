# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells which certificate is on disk, which one a new connection gets, and which ones the established connections got.
# shellcheck disable=SC2154  # the assignments of certificate, connect, ... stand in front of this script

main() {
  command -v openssl >/dev/null || die 'openssl is not installed. Expected: the openssl command, version 1.1.1 or later'
  [ -f "$certificate" ] || die "there is no certificate at $certificate"
  [ -r "$certificate" ] || die "cannot read $certificate. Remedy: run with become"
  field disk
  pem_body "$certificate"
  said=$(bounded connect_once | head -c 1048576)
  field served
  # What openssl tells of the session would do to decrypt it
  printf '%s\n' "$said" | sed -e '/Master-Key *:/d' -e '/PSK *:/d' -e 's/^/ /'
  [ -z "$connections_command" ] || tell connections "$connections_command"
}

# connect_once: what openssl says of a new connection. It ends at once, for there is nothing on its standard input.
connect_once() {
  exec openssl s_client -connect "$connect" ${server_name:+-servername "$server_name"} </dev/null 2>&1
}
