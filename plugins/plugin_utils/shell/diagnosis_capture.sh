# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# A capture of the device's own signalling, by its own tcpdump, into a folder that nobody else can enter.
#
#   verb=begin   starts it; it ends by itself after $seconds, and after $packets
#   verb=end     ends it, tells what was captured, and removes it
# shellcheck disable=SC2154  # the assignments of verb, token, seconds, packets and port stand in front of this script

at=${TMPDIR:-/tmp}/siptls-capture-$token
most=4096 # KiB

main() {
  case $verb in
    begin) begin_capture ;;
    end) end_capture ;;
  esac
}

begin_capture() {
  if ! command -v tcpdump >/dev/null 2>&1; then
    field problem 'there is no tcpdump on the device'
    return
  fi
  mkdir -m 700 "$at" || die "cannot make $at"
  (
    exec </dev/null >/dev/null 2>"$at/said"
    tcpdump -i any -U -s 0 -c "$packets" -w "$at/pcap" "tcp port $port" &
    worker=$!
    echo "$worker" >"$at/worker"
    sleep "$seconds" &
    timer=$!
    echo "$timer" >"$at/timer"
    # Whoever comes first; should nobody come back, it is gone a minute later
    wait "$timer" || :
    kill "$worker" 2>/dev/null || :
    sleep 60
    rm -rf "$at"
  ) &
  echo $! >"$at/keeper"
  # It listens once its file has a header
  for _each in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -s "$at/pcap" ] || break
    sleep 0.2 2>/dev/null || sleep 1
  done
  if [ -s "$at/pcap" ]; then
    field began
  else
    field problem "tcpdump: $(sed -n '$p' "$at/said" 2>/dev/null)"
  fi
}

end_capture() {
  [ -d "$at" ] || return 0
  for process in keeper worker timer; do
    number=$(cat "$at/$process" 2>/dev/null) || number=
    [ -z "$number" ] || kill "$number" 2>/dev/null || :
  done
  sleep 0.2 2>/dev/null || sleep 1
  field pcap
  dd if="$at/pcap" bs=1024 count="$most" 2>/dev/null | openssl base64 | sed 's/^/ /'
  rm -rf "$at"
}
