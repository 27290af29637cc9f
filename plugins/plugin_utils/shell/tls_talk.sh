# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# One TLS connection of openssl s_client, kept open on the device from one run of this script to the next.
#
#   verb=open   tells what the device has, connects, says something and waits for an answer
#   verb=turn   says more and waits again
#   verb=close  ends it
#
# In the folder $at, which nobody else can enter: in (what is to be sent), out (all that came), messages (-msg), lines (out, for
# who waits), events (standard error, for who waits), said (standard error so far). A keeper holds it together; it ends the
# connection and removes the folder when it is told to, or after $lifetime seconds, whatever has become of the controller.
# shellcheck disable=SC2154  # the assignments of verb, token, connect, ... stand in front of this script

at=${TMPDIR:-/tmp}/siptls-$token
limit=4096 # blocks of 512 octets that a peer may fill a file with
cr=$(printf '\r')

main() {
  case $verb in
    open) open_connection ;;
    turn) take_turn ;;
    close) close_connection ;;
  esac
}

open_connection() {
  command -v openssl >/dev/null || die 'openssl is not installed. Expected: the openssl command, version 1.1.1 or later'
  make_folder
  tell_device
  field started "$(now)"
  # By exec: the redirections of a function are undone at its end, and what they replaced stays open as long.
  (
    exec </dev/null >/dev/null 2>&1
    keep
  ) &
  echo $! >"$at/keeper"
  say
  watch_time
  if await_handshake; then
    field connected "$(now)"
    await_answer
  else
    hold=never
  fi
  finish_turn
}

take_turn() {
  [ -p "$at/in" ] || die "the connection is gone: its keeper on the device has ended, after $lifetime s or by somebody's hand"
  field started "$(now)"
  say
  watch_time
  await_answer
  finish_turn
}

close_connection() {
  dismiss
}

make_folder() {
  mkdir -m 700 "$at" || die "cannot make $at. Expected: a folder for temporary files that this user may write to"
  trap dismiss EXIT
  mkfifo "$at/in" "$at/raw" "$at/lines" "$at/events" || die "cannot make a fifo in $at"
  # A fifo that is open both ways never blocks who opens it and never ends for who reads it. It is open before the keeper begins, which has
  # it from here: what is said into a fifo that nobody has open yet is lost, and a keeper may be slow to begin.
  exec 3<>"$at/in" 4<>"$at/lines" 5<>"$at/events"
  : >"$at/out"
  : >"$at/said"
}

# keep: the keeper. All that runs on is a child of it.
keep() {
  trap end_all TERM
  client='' copier='' timer=''
  ulimit -f "$limit" 2>/dev/null || :
  # out first, and then who waits for it
  tee "$at/lines" <"$at/raw" >"$at/out" &
  copier=$!
  set -- -connect "$connect" -brief -ign_eof -msg -msgfile "$at/messages" -CAfile "$at/anchors"
  # Certificates are read from the messages, so they are not to be compressed (RFC 8879; OpenSSL 3.2 and later).
  ! openssl s_client -help 2>&1 | grep -q -e -no_rx_cert_comp || set -- "$@" -no_rx_cert_comp -no_tx_cert_comp
  [ -z "$server_name" ] || set -- "$@" -servername "$server_name"
  [ -z "$certificate" ] || set -- "$@" -cert "$certificate" -key "$private_key" -pass pass:
  [ ! -s "$at/chain" ] || set -- "$@" -cert_chain "$at/chain"
  [ -z "$crl" ] || set -- "$@" -crl_check
  [ -z "$ciphers" ] || set -- "$@" -cipher "$ciphers"
  [ -z "$suites" ] || set -- "$@" -ciphersuites "$suites"
  [ -z "$groups" ] || set -- "$@" -groups "$groups"
  [ -z "$min_version" ] || set -- "$@" -min_protocol "$min_version"
  [ -z "$max_version" ] || set -- "$@" -max_protocol "$max_version"
  openssl s_client "$@" <"$at/in" >"$at/raw" 2>"$at/events" &
  client=$!
  (
    trap 'kill "$span" 2>/dev/null; exit 0' TERM
    sleep "$lifetime" &
    span=$!
    wait "$span" || exit 0
    kill "$client" 2>/dev/null
  ) &
  timer=$!
  wait "$client" || :
  wait "$copier" || :
  printf '\n%s end\n' "$token" >&5
  printf '\n%s end\n' "$token" >&4
  # What is there can be read until somebody says that it is not wanted any more, or the time is over.
  wait "$timer" || :
  end_all
}

end_all() {
  trap '' TERM
  for process in $client $copier $timer; do
    kill "$process" 2>/dev/null || :
  done
  wait
  rm -rf "$at"
  exit 0
}

# dismiss: has the keeper end all, and waits for it, a short while at most.
dismiss() {
  trap - EXIT
  keeper=$(cat "$at/keeper" 2>/dev/null) || :
  if [ -n "$keeper" ] && kill "$keeper" 2>/dev/null; then
    for _each in 1 2 3 4 5 6 7 8 9 10; do
      [ -d "$at" ] || return 0
      sleep 0.1 2>/dev/null || sleep 1
    done
  fi
  rm -rf "$at"
}

# say: sends what there is to say.
say() {
  [ -z "$octets" ] || printf '%s\n' "$octets" | openssl base64 -d 1<>"$at/in"
}

# watch_time: ends the waiting below after $patience seconds.
watch_time() {
  ended='' status='' turn=$(now)
  (
    exec </dev/null >/dev/null 2>&1
    trap 'kill "$sleeper" 2>/dev/null; exit 0' TERM
    sleep "$patience" &
    sleeper=$!
    wait "$sleeper" || exit 0
    printf '\n%s\n' "$token over $turn" 1<>"$at/events"
    printf '\n%s\n' "$token over $turn" 1<>"$at/lines"
  ) &
  watcher=$!
}

# await_handshake: until our end holds it for done. Fails where it does not come to that.
await_handshake() {
  while IFS= read -r line; do
    case $line in
      "$token end")
        ended=1
        return 1
        ;;
      "$token over $turn") return 1 ;;
      '' | "$token"*) ;;
      *)
        printf '%s\n' "$line" >>"$at/said"
        [ "$line" != 'CONNECTION ESTABLISHED' ] || return 0
        ;;
    esac
  done <>"$at/events"
}

# await_answer: until the head of the final response to the request with the CSeq $awaits has come, the connection has ended, or
# the time is over. What may be missing of a body comes with the next turn. An answer to something else, or one that comes again, is
# no reason to stop: nobody would wait for the right one then.
await_answer() {
  final='' fits=''
  while IFS= read -r line; do
    case $line in
      "$token end" | "$token over $turn") break ;;
      'SIP/2.0 '[2-6]*) final=${line#SIP/2.0 } fits='' ;;
      [Cc][Ss][Ee][Qq]*:*)
        case ${line%"$cr"} in
          *[:[:blank:]]"$awaits") fits=$awaits ;;
        esac
        ;;
      '' | "$cr")
        if [ -n "$final" ] && [ -n "$fits" ]; then
          status=$final
          break
        fi
        final=''
        ;;
    esac
  done <>"$at/lines"
  [ -z "$status" ] || field answered "$(now)"
}

finish_turn() {
  kill "$watcher" 2>/dev/null || :
  collect_events
  field said
  body "$at/said"
  field messages
  [ ! -f "$at/messages" ] || body "$at/messages"
  field out
  openssl base64 -in "$at/out" | sed 's/^/ /'
  field finished "$(now)"
  [ -z "$ended" ] || field ended
  if is_over; then
    field over
    dismiss
  fi
  trap - EXIT
}

# collect_events: what openssl has said up to now.
collect_events() {
  printf '\n%s\n' "$token so far $turn" 1<>"$at/events"
  while IFS= read -r line; do
    case $line in
      "$token so far $turn") break ;;
      "$token end") ended=1 ;;
      '' | "$token"*) ;;
      *) printf '%s\n' "$line" >>"$at/said" ;;
    esac
  done <>"$at/events"
}

# is_over: whether nobody will say more. $hold: always, never, or challenge, for who goes on only where a password is asked for.
is_over() {
  [ -z "$ended" ] || return 0
  case $hold in
    always) return 1 ;;
    challenge) case $status in 401* | 407*) return 1 ;; esac ;;
  esac
  return 0
}

# now: milliseconds since some moment; to ten of them where date knows no fractions.
now() {
  stamp=$(date +%s%N 2>/dev/null) || stamp=
  case $stamp in
    *[!0-9]* | '' | ?????????? | ???????????)
      read -r stamp _ </proc/uptime
      echo "${stamp%.*}${stamp#*.}0"
      ;;
    *) echo "${stamp%??????}" ;;
  esac
}

tell_device() {
  field clock "$(date -u +%s)"
  field openssl "$(openssl_version)"
  tell_file certificate "$certificate"
  tell_file private_key "$private_key"
  tell_file trust_bundle "$trust_bundle"
  tell_file crl "$crl"
  : >"$at/anchors"
  for file in "$trust_bundle" "$crl"; do
    # A line end between the two, should the first have none at its end.
    [ ! -r "$file" ] || { cat "$file" && echo; } >>"$at/anchors"
  done
  if [ -r "$certificate" ] && [ -r "$private_key" ]; then
    sed '1,/-----END CERTIFICATE-----/d' "$certificate" >"$at/chain"
    field certificate_key
    openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null | sed 's/^/ /' || :
    tell_key "$private_key"
  fi
}
