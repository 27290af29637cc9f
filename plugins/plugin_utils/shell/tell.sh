# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What scripts share that tell of files, keys and connections.

# tell_file NAME PATH: there, with its text unless it is a key; missing, unreadable, or unused where no path is given.
tell_file() {
  if [ -z "$2" ]; then
    field "$1" unused
  elif [ ! -e "$2" ]; then
    field "$1" missing
  elif [ ! -f "$2" ] || [ ! -r "$2" ]; then
    field "$1" unreadable
  else
    field "$1" there
    [ "$1" = private_key ] || pem_body "$2"
  fi
}

# tell_key KEY: its public half, or what openssl has against it; of what is in it nothing but the number of a line.
tell_key() {
  said=$(openssl pkey -in "$1" -passin pass: -pubout 2>/dev/null | head -c 65536)
  field public_key
  printf '%s\n' "$said" | sed 's/^/ /'
  [ -z "$said" ] || return 0
  if grep -q -e ENCRYPTED "$1"; then
    field key_problem 'it is encrypted'
  elif ! grep -q -e '-----BEGIN .*PRIVATE KEY-----' "$1"; then
    field key_problem 'line 1: no -----BEGIN PRIVATE KEY----- in it'
  else
    line=$(grep -n -v -e '^-----' -e '^[A-Za-z0-9+/=]*'"$(printf '\r')"'\{0,1\}$' "$1" | sed -n '1s/:.*//p')
    field key_problem "${line:+line $line: no base64}"
  fi
}

# established_peers PORT: the remote address of each TCP connection that is established to a local port, as the kernel writes it
# (state 01), as lines of a body. Fails where the kernel does not tell.
established_peers() {
  [ -r /proc/net/tcp ] || return 1
  sed -n "s/^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") \([0-9A-F]*\):[0-9A-F]* 01 .*/ \1/p" /proc/net/tcp /proc/net/tcp6 2>/dev/null || :
}
