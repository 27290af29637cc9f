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
  # A script that is one of several says so in its own part of the answer
  if [ -n "${siptls_part:-}" ]; then
    printf '\n'
    field refusal "$1"
    exit 1
  fi
  printf 'siptls: %s\n' "$1" >&2
  stop_watching
  exit 1
}

# begin, finish: the marks around the answer. Without both of them, what was printed is none.
# shellcheck disable=SC2154  # the assignment of siptls_token stands in front of this script
begin() {
  echo "siptls begin $siptls_token"
  watch_over
}

finish() {
  stop_watching
  printf '\nsiptls end %s\n' "$siptls_token"
}

# part FUNCTION TOKEN: one of several scripts, with marks of its own around its answer, and its exit status at the end of that. It runs
# beside and is waited for, since a function whose status is looked at goes on after what fails in it.
part() {
  printf '\nsiptls begin %s\n' "$2"
  (
    siptls_part=$2 siptls_watcher=
    "$1"
  ) &
  siptls_status=0
  wait "$!" || siptls_status=$?
  printf '\nstatus %s\nsiptls end %s\n' "$siptls_status" "$2"
}

# shellcheck disable=SC2154  # the assignment of siptls_seconds stands in front of this script
# watch_over: after $siptls_seconds ends this script and what it started; nobody waits for it any more by then.
watch_over() {
  (
    exec </dev/null >/dev/null 2>&1
    trap 'kill "$sleeper"; exit 0' TERM
    set +e
    left=$siptls_seconds tick=5
    while [ "$left" -gt 0 ]; do
      [ "$left" -ge "$tick" ] || tick=$left
      sleep "$tick" &
      sleeper=$!
      # A script that ended before its end, for want of a reader for example, has nothing more to be watched for.
      wait "$sleeper" && kill -0 $$ || exit 0
      left=$((left - tick))
    done
    # Where the script has ended by itself, its number may be somebody else's by now.
    read -r me _name _state parent _rest </proc/self/stat
    [ "$parent" = "$$" ] || exit 0
    doomed=$$ level=$$
    while [ -n "$level" ]; do
      below=
      for process in /proc/[0-9]*/stat; do
        read -r process _name _state parent _rest <"$process" || continue
        case " $level " in *" $parent "*) [ "$process" = "$me" ] || below="$below $process" ;; esac
      done
      level=$below doomed="$doomed$below"
    done
    # shellcheck disable=SC2086  # several on purpose
    kill $doomed
  ) &
  siptls_watcher=$!
}

stop_watching() {
  [ -z "${siptls_watcher:-}" ] || kill "$siptls_watcher" 2>/dev/null || :
  siptls_watcher=
}

# openssl_version: its first line, and not more than fits into one, whatever is called openssl.
openssl_version() {
  openssl version 2>/dev/null | head -n 1 | head -c 200
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

# refuse_shared DIRECTORY [FOLDER...]: ends the script where somebody other than root and this user can write to DIRECTORY, to a directory
# above it, or to a FOLDER in it. Whoever can put a symlink or another file in the place of one that is about to be read, written or given a
# mode chooses what happens to it.
refuse_shared() {
  ! all_ours "$@" || return 0
  for shared_each in "$@"; do
    find_shared "$shared_each"
    [ -z "$shared" ] || die "$shared_at can be written to by others. Expected: $1 and all directories above it can be written to by root and this user ($(id -un 2>/dev/null || id -u)) alone. Found: $shared. Remedy: $shared_remedy, or name another directory"
  done
}

# all_ours DIRECTORY [FOLDER...]: by one command, which will do nearly always: no symlinks, and nothing that others can write to but sticky
# directories above. Where it fails, nothing is known yet.
all_ours() {
  shared_user=$(id -u 2>/dev/null) || shared_user=0
  [ -d "$1/" ] && [ "$(cd -P "$1/" && pwd -P)" = "$1" ] || return 1
  for shared_each in "$@"; do
    [ ! -L "$shared_each" ] && [ ! -k "$shared_each" ] || return 1
  done
  shared_top=${1%/*}
  while [ -n "$shared_top" ]; do
    set -- "$shared_top/" "$@"
    shared_top=${shared_top%/*}
  done
  # Numbers, for names may be anything
  # shellcheck disable=SC2012
  shared_line=$(ls -ldn / "$@") || die "cannot look at $*. Remedy: run with become"
  while read -r shared_mode _links shared_owner _rest; do
    case $shared_mode in
      d????-??-* | d????????[tT]*) ;;
      *) return 1 ;;
    esac
    [ "$shared_owner" = 0 ] || [ "$shared_owner" = "$shared_user" ] || return 1
  done <<EOT
$shared_line
EOT
}

# find_shared DIRECTORY: sets shared to who can write to it, empty where nobody can; shared_at to the directory, shared_remedy to a command.
find_shared() {
  shared='' shared_top=$1 shared_wanted=$1
  while [ -n "$shared_top" ] && [ ! -d "$shared_top/" ]; do shared_top=${shared_top%/*}; done
  shared_physical=$(cd -P "$shared_top/" && pwd -P) || die "cannot enter $shared_top. Remedy: run with become"
  # Without the command id, root alone is taken for this user
  shared_user=$(id -u 2>/dev/null) || shared_user=0
  shared_group=$(id -g 2>/dev/null) || shared_group=0
  find_shared_above "$shared_top"
  [ -n "$shared" ] || [ "$shared_physical" = "${shared_top:-/}" ] || find_shared_above "$shared_physical"
}

# find_shared_above DIRECTORY: by the directories as they are named here. In a sticky directory nobody can rename what is another's; that
# will do for a directory above, and not for the last one.
find_shared_above() {
  shared_at=${1%/}
  shared_sticky=
  [ -d "$shared_wanted/" ] || shared_sticky=yes
  while :; do
    # Numbers, for names may be anything
    # shellcheck disable=SC2012
    shared_line=$(ls -ldn "$shared_at/") || die "cannot look at $shared_at/. Remedy: run with become"
    read -r shared_mode _links shared_owner shared_of _rest <<EOT
$shared_line
EOT
    case $shared_mode in
      ?????w*+* | ????????w*) shared=everybody ;;
      ?????w*) [ "$shared_of" = 0 ] || [ "$shared_of" = "$shared_group" ] || shared="its group" ;;
    esac
    case $shared_sticky$shared_mode in yes?????????[tT]*) shared='' ;; esac
    shared_remedy="chmod go-w"
    if [ "$shared_owner" != 0 ] && [ "$shared_owner" != "$shared_user" ]; then
      shared="its owner" shared_remedy="chown $(id -un 2>/dev/null || echo "$shared_user")"
    elif [ -L "$shared_at" ]; then
      # Where the link itself is somebody else's, as it may be in a sticky directory
      # shellcheck disable=SC2012
      shared_owner=$(ls -ldn "$shared_at" | sed 's/^[^ ]* *[0-9]* *\([0-9]*\) .*/\1/')
      [ "$shared_owner" = 0 ] || [ "$shared_owner" = "$shared_user" ] || shared="the owner of this symlink" shared_remedy="rm"
    fi
    if [ -n "$shared" ]; then
      shared_at=${shared_at:-/}
      # shellcheck disable=SC2012
      shared="$(ls -ld "$shared_at/" | sed 's/^\([^ ]*\) *[0-9]* *\([^ ]*\) *\([^ ]*\) .*/mode \1, owner \2, group \3/'), so $shared can"
      shared_remedy="$shared_remedy $shared_at"
      return 0
    fi
    [ -n "$shared_at" ] || return 0
    shared_at=${shared_at%/*}
    shared_sticky=yes
  done
}

# refuse_linked_pair: a pair of other origin is kept as the generation "imported", and what is copied for that is in this directory. A link to
# a file beside it will do.
# shellcheck disable=SC2154  # assignments of the scripts that call it
refuse_linked_pair() {
  [ ! -L current ] && [ -f "$certificate" ] && [ -f "$private_key" ] || return 0
  for linked in "$certificate" "$private_key"; do
    target=$(readlink "$linked") || continue
    case $target in
      "current/$linked") continue ;;
      */*) ;;
      *) [ -L "$target" ] || continue ;;
    esac
    die "$directory/$linked is a symlink to $target. Expected: a file, which is kept as the generation imported. Remedy: replace the link by a copy of the file, or remove the links of certificate and key"
  done
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
    listed=$(openssl dgst -sha256 -r "$@" | head -c 1048576)
    [ "$(printf '%s\n' "$listed" | grep -c '^[0-9a-f]\{64\} ')" -eq $# ] || die "openssl cannot make digests of $*"
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
