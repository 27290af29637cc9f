# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What every script on a device begins with.

set -eu
umask 077
LC_ALL=C
export LC_ALL
# A connection that breaks must not stop a publication half-way: what has begun is finished.
trap '' HUP PIPE

# die TEXT: ends the script; TEXT reaches the operator, with the host's name in front.
die() {
  printf 'siptls: %s\n' "$1" >&2
  exit 1
}

# field NAME [VALUE]: a line of the answer.
field() {
  printf '%s %s\n' "$1" "${2:-}"
}

# body FILE: the lines of FILE as the body of the field before.
body() {
  sed 's/^/ /' "$1"
  echo
}

# pem_body FILE: like body, but of FILE only the blocks of certificates and CRLs.
pem_body() {
  pem_blocks <"$1"
  echo
}

# pem_blocks: of standard input the blocks of certificates and CRLs, as a body. Of every other line no more than a number sign is sent, so
# that lines keep their numbers, and of the first line of a private key "# private key". A block ends with the first line that is not base64.
pem_blocks() {
  sed -e '
:line
/BEGIN .*PRIVATE KEY/{
s/.*/# private key/
b
}
/^-----BEGIN CERTIFICATE-----[[:space:]]*$/b block
/^-----BEGIN TRUSTED CERTIFICATE-----[[:space:]]*$/b block
/^-----BEGIN X509 CERTIFICATE-----[[:space:]]*$/b block
/^-----BEGIN X509 CRL-----[[:space:]]*$/b block
s/..*/#/
b
:block
n
/^[A-Za-z0-9+\/=]*[[:space:]]*$/b block
/^-----END [A-Z0-9 ]*-----[[:space:]]*$/b
b line
' | sed 's/^/ /'
}

# holds_private_key FILE: whether the begin of a private key is in it, encrypted or not.
holds_private_key() {
  [ -f "$1" ] && grep -q -a -e 'BEGIN .*PRIVATE KEY' "$1" 2>/dev/null
}

# flush PATH...: waits until these are on the disk; where sync knows no operands, until everything is.
flush() {
  sync "$@" 2>/dev/null || sync
}

# discard DIRECTORY: one rename takes it away from whoever still works in it, and only then is it emptied. Another run that
# finds half of its files gone would publish the other half.
discard() {
  [ ! -d "$1" ] || mv "$1" "generations/.discarded-$$" || die "cannot rename $1"
  rm -rf generations/.discarded-*
}

# rename_into FILE DIRECTORY: one rename(2), to the same name in DIRECTORY, in place of what has that name there.
# mv would follow a symlink to a directory named as the target itself, but not one that it finds inside its target.
rename_into() {
  mv -f "$1" "$2/" || die "cannot rename $1 into $2"
}

# digests PATHS: the SHA-256 digest of each regular file of these, a path on a line, behind symlinks too: "DIGEST PATH", or
# "- PATH" for what is no such file.
digests() {
  listed=$1
  set --
  while IFS= read -r listed_path; do
    if [ -f "$listed_path" ]; then
      [ -r "$listed_path" ] || die "cannot read $listed_path. Remedy: run with become"
      set -- "$@" "$listed_path"
    elif [ -n "$listed_path" ]; then
      echo "- $listed_path"
    fi
  done <<EOT
$listed
EOT
  if [ $# -gt 0 ]; then
    listed=$(openssl dgst -sha256 -r "$@") || die "openssl cannot make digests of $*"
    printf '%s\n' "$listed" | sed 's/ \*/ /'
  fi
}

# tell NAME COMMAND: a field with the exit status of COMMAND, and with what it prints as its body; complaints only where it fails.
tell() {
  status=0
  said=$(ask "$2" 2>/dev/null) || status=$?
  if [ "$status" -ne 0 ]; then
    status=0
    said=$(ask "$2" 2>&1) || status=$?
  fi
  field "$1" "$status"
  printf '%s\n' "$said" | sed 's/^/ /'
}

# ask COMMAND: as an operator would run it.
ask() {
  (
    trap - HUP PIPE
    unset LC_ALL
    umask 022
    exec /bin/sh -c "$1" </dev/null
  )
}

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
  said=$(openssl pkey -in "$1" -passin pass: -pubout 2>/dev/null) || said=
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

# bounded FUNCTION ARGUMENT...: ends it after five seconds; there may be no such command as timeout.
bounded() {
  "$@" &
  worker=$!
  (
    sleep 5
    kill "$worker"
  ) >/dev/null 2>&1 &
  watcher=$!
  wait "$worker" 2>/dev/null || :
  kill "$watcher" 2>/dev/null || :
}
