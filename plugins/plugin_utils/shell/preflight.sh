# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what a device lacks, and changes nothing. Each function prints one field for each thing that is missing.
# shellcheck disable=SC2154  # the assignment of checks stands in front of this script

space_needed=1024 # KiB
inodes_needed=32

main() {
  # A list of calls of the functions below, quoted by the controller. A check that fails is no reason to stop.
  set +e
  eval "$checks"
  field finished
}

# problem WHAT EXPECTED FOUND REMEDY
problem() {
  field problem "$(printf '%s: expected %s; found %s; %s' "$@")"
}

# check_openssl MINIMUM: 1.1.1 or MAJOR.MINOR. Numbers are compared: 4.0 is newer than 3.5, and 1.1.0 is no 1.1.1.
check_openssl() {
  wanted="OpenSSL $1 or newer"
  if ! found=$(openssl version 2>/dev/null); then
    problem openssl "$wanted" "no openssl command in $PATH" "install OpenSSL"
    return
  fi
  version=${found#OpenSSL }
  version=${version%%[!0-9.]*}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  case $found in
    "OpenSSL 1.1.1"*) [ "$1" = 1.1.1 ] && return ;;
    "OpenSSL "[1-9].* | "OpenSSL "[1-9][0-9].*)
      least=${1#*.}
      if [ "$major" -ge 3 ] && [ "${#minor}" -lt 4 ] && [ -n "$minor" ]; then
        [ "$1" != 1.1.1 ] || return 0
        [ "$major" -le "${1%%.*}" ] || return 0
        [ "$major" -lt "${1%%.*}" ] || [ "$minor" -lt "${least%%.*}" ] || return 0
      fi
      ;;
  esac
  problem openssl "$wanted" "$found" "update OpenSSL, or leave out the groups and ciphers that need it"
}

# read_only FOLDER: whether it is on a file system that is mounted read-only. root may "write" to it for some shells. df prints - instead of a
# percentage for a file system without blocks.
read_only() {
  mount=$(df -P "$1" 2>/dev/null | sed -n '$s/.*[%-][[:blank:]][[:blank:]]*//p')
  grep -q "^[^ ]* $mount [^ ]* ro[, ]" /proc/mounts 2>/dev/null
}

check_folder() {
  at=$1
  while [ ! -e "$at" ] && [ -n "$at" ]; do at=${at%/*}; done
  at=${at:-/}
  if [ ! -d "$at" ]; then
    problem "$1" "a folder" "something else at $at" "move it away"
  elif read_only "$at"; then
    problem "$1" "a writable file system" "that $at is on a read-only file system" "mount it read-write"
  elif [ ! -w "$at" ]; then
    problem "$1" "permission to write" "that $(id -un 2>/dev/null || echo "this user") may not write to $at" "set ansible_become: true"
  elif find_shared "$1" && [ -n "$shared" ]; then
    problem "$1" "that root and this user alone can write to it, and to all above it" "$shared_at: $shared" "$shared_remedy"
  else
    free=$(df -Pk "$at" 2>/dev/null | sed -n '$s/.*[[:blank:]]\([0-9][0-9]*\)[[:blank:]][[:blank:]]*[0-9][0-9]*%.*/\1/p')
    if [ "${free:-$space_needed}" -lt "$space_needed" ]; then
      problem "$1" "$space_needed KiB of free space" "$free KiB" "make room"
    fi
    # Not every df knows of inodes, and not every file system has a number of them.
    free=$(df -Pi "$at" 2>/dev/null | sed -n '$s/.*[[:blank:]]\([0-9][0-9]*\)[[:blank:]][[:blank:]]*[0-9][0-9]*%.*/\1/p')
    if [ "${free:-$inodes_needed}" -lt "$inodes_needed" ]; then
      problem "$1" "space for $inodes_needed more files" "free inodes for $free" "remove files that nobody needs"
    fi
  fi
}

# check_clock CONTROLLER TOLERANCE: the time there, and how much this one may be off, both in seconds
check_clock() {
  ahead=$(($(date +%s) - $1))
  [ "$ahead" -le "$2" ] && [ "$ahead" -ge "-$2" ] && return
  found="$ahead s ahead"
  [ "$ahead" -lt 0 ] && found="${ahead#-} s behind"
  problem clock "at most $2 s off the controller's" "$found" \
    "set the clock, by NTP if possible; certificates would seem expired or not yet valid"
}

check_command() {
  remedy="install it"
  [ "$1" = xmllint ] && remedy="install libxml2-utils (libxml2 on some systems), or set vos_xml_schema_check: false"
  command -v "$1" >/dev/null 2>&1 || problem "$1" "the command" "none in $PATH" "$remedy"
}

# A number needs no account, and BusyBox's id does not look one up.
is_number() {
  case $1 in *[!0-9]*) return 1 ;; esac
}

check_user() {
  is_number "$1" || id -u "$1" >/dev/null 2>&1 || problem "user $1" "an account" "none" "create it, or name another owner"
}

check_group() {
  is_number "$1" || grep -q "^$1:" /etc/group 2>/dev/null || getent group "$1" >/dev/null 2>&1 ||
    problem "group $1" "a group" "none" "create it, or name another group"
}

check_service() {
  remedy="name the right service, or give the command that reloads it"
  if ! command -v systemctl >/dev/null 2>&1; then
    problem "service $1" "a service of systemd" "no systemctl" "$remedy"
  elif ! systemctl cat "$1" >/dev/null 2>&1; then
    problem "service $1" "a service of systemd" "none of this name" "$remedy"
  fi
}

# check_reader USER SERVICE KEY OWNER GROUP VARIABLES: whether the account that a service reads its key as will be able to, once the
# key is there with this owner and group. An empty USER is asked of systemd; nothing is said where there is none to ask.
check_reader() {
  reader=$1
  if [ -z "$reader" ]; then
    [ -n "$2" ] || return 0
    reader=$(systemctl show -p User "$2" 2>/dev/null | sed -n 's/^User=//p')
  fi
  case $reader in "" | root | 0) return 0 ;; esac
  what="$3 for the account $reader"
  if ! reader_id=$(id -u "$reader" 2>/dev/null); then
    problem "user $reader" "the account that the service runs as" "none" "create it, or correct $6_service_user"
    return
  fi
  # By name and by number, as either may have been given
  reader_groups=" $(id -Gn "$reader" 2>/dev/null) $(id -G "$reader" 2>/dev/null) "
  if ! reads_key "$4" "$5"; then
    problem "$what" "an owner or group by which it can read the private key" "owner $4, group $5" \
      "set $6_certificate_owner: $reader, or $6_certificate_group to a group of $reader; it could not read the key, and the service would not start"
    return
  fi
  at=${3%/*}
  while [ -n "$at" ]; do
    if [ -d "$at" ] && ! passes "$at"; then
      problem "$what" "permission to enter $at" "mode, owner and group $listed" "chmod o+x $at, or another folder for certificates"
    fi
    at=${at%/*}
  done
}

# reads_key OWNER GROUP: the mode is 0640 for a group that was named on purpose, as siptls.vos.device_certificate has it
reads_key() {
  [ "$1" != "$reader" ] && [ "$1" != "$reader_id" ] || return 0
  case $2 in root | 0 | "$1") return 1 ;; esac
  case $reader_groups in *" $2 "*) return 0 ;; esac
  return 1
}

# passes FOLDER: whether the reader may enter it, by the bits; an access control list that says more is left to the service
passes() {
  # shellcheck disable=SC2046,SC2012  # words on purpose: mode, links, owner, group
  set -- $(ls -ldn "$1" 2>/dev/null)
  listed="$1 $3 $4"
  case $1 in *+) return 0 ;; esac
  if [ "$3" = "$reader_id" ]; then
    case $1 in ???[xs]*) return 0 ;; esac
  else
    case $reader_groups in
      *" $4 "*) case $1 in ??????[xs]*) return 0 ;; esac ;;
      *) case $1 in ?????????[xt]*) return 0 ;; esac ;;
    esac
  fi
  return 1
}
