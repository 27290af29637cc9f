# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells who is connected to the SIP ports of a softswitch, who is registered, and which of them a table of nftables drops already;
# changes nothing.
# shellcheck disable=SC2154  # the assignments of tls_port, plain_port, table and registrations_command stand in front of this script

main() {
  for port in "$tls_port" $plain_port; do
    said=$(established_peers "$port") || die 'the kernel does not tell its TCP connections. Expected: /proc/net/tcp'
    field peers "$port"
    [ -z "$said" ] || printf '%s\n' "$said"
  done
  if command -v ip >/dev/null 2>&1; then
    field addresses
    ip -o addr show 2>/dev/null | sed -n 's/^.* inet6\{0,1\} \([^ /]*\).*/ \1/p'
  fi
  if [ -n "$plain_port" ]; then
    tell_flows
  fi
  if said=$(nft -j list table inet "$table" 2>/dev/null); then
    field nft
    printf '%s\n' "$said" | sed 's/^/ /'
  fi
  # Nobody is registered where nobody listens, and whoever would be asked does not run
  if [ -n "$registrations_command" ] && is_bound "$tls_port" 5060; then
    tell registrations "$registrations_command"
  fi
}

# is_bound PORT...: whether something listens on one of these ports, by TCP (state 0A) or UDP.
is_bound() {
  for port in "$@"; do
    digits=$(printf '%04X' "$port")
    if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$digits [0-9A-F:]* 0A " ||
      cat /proc/net/udp /proc/net/udp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$digits "; then
      return 0
    fi
  done
  return 1
}

# tell_flows: what the kernel tracks of UDP at the port for plain SIP and has seen answers to; without connection tracking, nothing.
tell_flows() {
  if [ -r /proc/net/nf_conntrack ]; then
    tracked=$(cat /proc/net/nf_conntrack)
  else
    tracked=$(conntrack -L -p udp 2>/dev/null) || return 0
  fi
  field flows
  printf '%s\n' "$tracked" | grep -w udp | grep -v UNREPLIED | grep -w -e "sport=$plain_port" -e "dport=$plain_port" | sed 's/^/ /' || :
}
