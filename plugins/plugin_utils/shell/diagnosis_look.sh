# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what a diagnosis wants to know of one end, and changes nothing. What cannot be told is left out, and each part is bounded.
# shellcheck disable=SC2154  # the assignments of service, conf, section, certificate, ... stand in front of this script

most=512 # KiB of one file or list
lines=40 # of a log
patience=4 # seconds for a name

main() {
  # One thing that fails is no reason to be silent about the others.
  set +e
  field clock "$(date -u +%s)"
  field openssl "$(openssl_version)"
  tell_openssl_settings
  tell_service
  tell_configuration
  tell_pair
  tell_name
  tell_network
  tell_filter
  tell_processor
  [ -z "$domains" ] || tell_domains
  [ -z "$records" ] || tell_records
  [ -z "$registrations_command" ] || tell registrations "$registrations_command"
  [ -z "$connections_command" ] || tell connections "$connections_command"
  field finished
}

# some FILE: its beginning, as the body of the field before.
some() {
  dd if="$1" bs=1024 count="$most" 2>/dev/null | sed 's/^/ /'
  echo
}

# some_settings FILE: its beginning, with the values of the settings in $known alone; the others are the operator's, and may be secret. Of
# those a dash is sent, and of comments their first character. What may be the rest of a value, or of a private key, has no name that is sent.
some_settings() {
  dd if="$1" bs=1024 count="$most" 2>/dev/null | sed -e "1s/^$(printf '\357\273\277')//" -e '
:line
/^[^#;]*-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*$/,/-----END \|^[[:blank:]]*\[/{
/-----BEGIN \|^[[:blank:]]*\[/!{
s/[^[:space:]].*/-/
b
}
}
t settings
:settings
h
y/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/
/^[[:blank:]]*\('"$known"'\)[[:blank:]]*[=:]/{
g
s/\([Ss][Ii][Pp][Ss]*:[^:@;]*\):[^;@]*@/\1:-@/g
/[Ss][Ii][Pp][Ss]*:/b
s/\([=:][[:blank:]]*[^:@;]*\):[^;@]*@/\1:-@/
b
}
g
/^[[:blank:]]*\[[^]]*\][[:space:]]*$/b
s/^\([[:blank:]]*\[[^]]*\][[:blank:]]*[#;]\).*/\1/
t
s/^\([[:blank:]]*[#;]\).*/\1/
t
/^[A-Za-z][A-Za-z0-9_.-]\{0,39\}[[:blank:]]*[=:]/!s/^\([[:blank:]]*\)[^=:]*\([=:]\)/\1-\2/
t named
:named
s/^\([^=:]*[=:]\).*\\[[:space:]]*$/\1 -\\/
t rest
s/^\([^=:]*[=:]\)[[:space:]]*[^[:space:]].*/\1 -/
t
/[=:]/b
s/^\([[:blank:]]*\)[^[:space:]].*\\[[:space:]]*$/\1-/
t rest
s/^\([[:blank:]]*\)[^[:space:]].*/\1-/
b
:rest
n
h
y/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/
/^[[:blank:]]*\('"$known"'\)[[:blank:]]*[=:]/!{
g
/^[[:blank:]]*[[#;]/!s/^\([[:blank:]]*\)[^=:]*\([=:]\)/\1-\2/
b line
}
g
b line
' | sed 's/^/ /'
  echo
}

# tell_openssl_settings: what the system's configuration of OpenSSL restricts.
tell_openssl_settings() {
  folder=$(openssl version -d 2>/dev/null | sed 's/^[^"]*"//; s/".*//')
  settings=${OPENSSL_CONF:-$folder/openssl.cnf}
  # Whoever edits it has to know the file itself
  settings=$(readlink -f "$settings" 2>/dev/null || printf '%s\n' "$settings")
  [ -r "$settings" ] || return
  field openssl_settings "$settings"
  sed -n '/^[[:blank:]]*\(MinProtocol\|MaxProtocol\|CipherString\|Ciphersuites\|Groups\|Curves\|SignatureAlgorithms\)[[:blank:]]*=/p' "$settings" |
    sed 's/^[[:blank:]]*/ /'
}

tell_service() {
  user=
  [ -n "$service" ] && command -v systemctl >/dev/null 2>&1 || return
  shown=$(systemctl show "$service" -p Id -p InvocationID -p LoadState -p ActiveState -p SubState -p User -p MainPID 2>/dev/null) || return
  field service
  printf '%s\n' "$shown" | sed 's/^/ /'
  user=$(printf '%s\n' "$shown" | sed -n 's/^User=//p')
  process=$(printf '%s\n' "$shown" | sed -n 's/^MainPID=//p')
  # Some begin as root and take another user by themselves.
  if [ -z "$user" ] && [ -r "/proc/$process/status" ]; then
    number=$(sed -n 's/^Uid:[[:blank:]]*[0-9]*[[:blank:]]*\([0-9]*\).*/\1/p' "/proc/$process/status")
    user=$(sed -n "s/^\([^:]*\):[^:]*:$number:.*/\1/p" /etc/passwd | sed -n 1p)
  fi
  field user "$user"
  command -v journalctl >/dev/null 2>&1 || return
  unit=$(printf '%s\n' "$shown" | sed -n 's/^Id=//p')
  run=$(printf '%s\n' "$shown" | sed -n 's/^InvocationID=//p')
  # What its own processes wrote since its last start, or before; -u has what systemd says about the unit as well
  own=$(log_of "_SYSTEMD_INVOCATION_ID=${run:-none}")
  own=${own:-$(log_of "_SYSTEMD_UNIT=${unit:-$service.service}")}
  field log
  printf '%s\n' "${own:-$(log_of -u "$service")}" | sed 's/^/ /'
  field log_errors
  log_of -p err "_SYSTEMD_INVOCATION_ID=${run:-none}" | sed 's/^/ /'
}

# log_of OPTION...: the last lines of the journal, without what may be secret.
log_of() {
  journalctl -q --no-pager -o cat -n "$lines" "$@" 2>/dev/null |
    grep -a -v -i -e passw -e secret -e 'PRIVATE KEY' -e inline: -e authorization -e auth_pass -e response= | cut -c 1-300
}

# tell_configuration: the file, and the files that it names.
tell_configuration() {
  tell_used_file configuration "$conf"
  tell_used_file certificate "$(named "$certificate_key_name" "$certificate")"
  tell_used_file private_key "$(named "$private_key_name" "$private_key")"
  tell_used_file trust_bundle "$(named "$trust_bundle_name" "$trust_bundle")"
  tell_used_file crl "$(named "$crl_name" "$crl")"
}

# named KEY PATH: what the section of the configuration that is ours has for KEY, a pattern; PATH where it has nothing. Of several
# the first counts, without a comment behind it and without quotes, as read_section in module_utils/ini.py has it.
named() {
  found=
  if [ -n "$1" ] && [ -f "$conf" ] && [ -r "$conf" ]; then
    # A header is kept in the hold space: it tells of each line which section it is in.
    found=$(tr -d '\r' <"$conf" | sed -n "
      1s/^$(printf '\357\273\277')//
      /^[[:blank:]]*\[[^][][^][]*\][[:blank:]]*\([#;].*\)\{0,1\}\$/{
        h
        d
      }
      x
      /^[[:blank:]]*\[[[:blank:]]*${section}[[:blank:]]*\]/!{
        x
        d
      }
      x
      /^[[:blank:]]*$1[[:blank:]]*:[A-Za-z0-9_.-][A-Za-z0-9_.-]*[[:blank:]]*=/d
      s/^[[:blank:]]*$1[[:blank:]]*[=:][[:blank:]]*//
      t value
      d
      :value
      s/^[#;].*//
      s/[[:blank:]][#;].*//
      s/[[:blank:]]*\$//
      s/^\"\(.*\)\"\$/\1/
      s/^'\(.*\)'\$/\1/
      p" | sed -n 1p)
  fi
  printf '%s\n' "${found:-$2}"
}

# tell_used_file NAME PATH: its state and mode, whether the service's user may read it, and its text unless it is a key.
tell_used_file() {
  [ -n "$2" ] || return
  field "path_$1" "$2"
  if [ ! -e "$2" ]; then
    field "$1" missing
    return
  elif [ ! -f "$2" ] || [ ! -r "$2" ]; then
    field "$1" unreadable
    return
  fi
  field "$1" there
  case $1 in
    private_key) ;;
    configuration) some_settings "$2" ;;
    *)
      dd if="$2" bs=1024 count="$most" 2>/dev/null | pem_blocks
      echo
      ;;
  esac
  # shellcheck disable=SC2012  # stat is not everywhere
  field "mode_$1" "$(ls -ldL "$2" 2>/dev/null | sed 's/^\([^ ]*\) *[0-9]* *\([^ ]*\) *\([^ ]*\) .*/\1 \2 \3/')"
  [ -n "$user" ] && [ "$user" != root ] && [ "$(id -u 2>/dev/null)" = 0 ] && command -v su >/dev/null 2>&1 || return
  case $2 in *\'*) return ;; esac
  said=$(su -s /bin/sh "$user" -c "if [ -r '$2' ]; then echo yes; else echo no; fi" 2>/dev/null </dev/null)
  field "may_read_$1" "$said"
}

# tell_pair: the public halves of certificate and key, or what openssl has against the key; nothing that is in it.
tell_pair() {
  certificate=$(named "$certificate_key_name" "$certificate")
  private_key=$(named "$private_key_name" "$private_key")
  [ -r "$certificate" ] && [ -r "$private_key" ] || return
  field certificate_key
  openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null | sed 's/^/ /'
  tell_key "$private_key"
}

# tell_name: whether the name that it registers at has an address: yes, no, or late where nobody says so in time.
tell_name() {
  name=$(named '[Rr][Ee][Gg][Ii][Ss][Tt][Ee][Rr]' "$connect" | sed 's/^sips\{0,1\}://; s/^.*@//; s/[:;].*//')
  case $name in '' | *[!A-Za-z0-9._-]* | *[0-9]) return ;; esac
  command -v getent >/dev/null 2>&1 || return
  getent ahosts "$name" >/dev/null 2>&1 &
  worker=$!
  (
    sleep "$patience"
    kill "$worker"
  ) >/dev/null 2>&1 &
  watcher=$!
  wait "$worker" 2>/dev/null
  case $? in
    0) field resolves yes ;;
    2) field resolves no ;;
    *) field resolves late ;;
  esac
  kill "$watcher" 2>/dev/null
}

tell_network() {
  if command -v ip >/dev/null 2>&1; then
    field addresses
    ip -o addr show 2>/dev/null | sed -n 's/^.* inet6\{0,1\} \([^ /]*\).*/ \1/p'
  elif command -v ifconfig >/dev/null 2>&1; then
    field addresses
    ifconfig 2>/dev/null | sed -n 's/^.*inet6\{0,1\} \(addr:\)\{0,1\} *\([0-9a-fA-F.:]*\).*/ \2/p'
  fi
  if [ -r /proc/net/tcp ]; then
    field listening
    # State 0A: listening; then the port, in hexadecimal digits
    sed -n 's/^ *[0-9]*: [0-9A-F]*:\([0-9A-F]*\) [0-9A-F:]* 0A .*/ \1/p' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u
  fi
  if [ -n "$plain_port" ] && said=$(established_peers "$plain_port"); then
    field plain_peers
    [ -z "$said" ] || printf '%s\n' "$said"
  fi
}

tell_filter() {
  ! command -v nft >/dev/null 2>&1 || tell_ruleset "$most" || :
  if command -v iptables-save >/dev/null 2>&1 && said=$(iptables-save 2>/dev/null); then
    field iptables
    printf '%s\n' "$said" | grep -e '-j DROP' -e '-j REJECT' | sed -n '1,50s/^/ /p'
  fi
}

tell_processor() {
  [ -r /proc/cpuinfo ] || return
  if grep -q -i '^\(flags\|features\)[[:blank:]]*:.* aes\( \|$\)' /proc/cpuinfo; then
    field aes yes
  else
    field aes no
  fi
}

tell_domains() {
  for file in "$domains"/*.xml; do
    if [ -f "$file" ] && [ -r "$file" ]; then
      field domain "$file"
      some "$file"
    fi
  done
}

tell_records() {
  [ -r "$records" ] || return
  field records
  tail -n 300 "$records" 2>/dev/null | cut -c 1-1000 | sed 's/^/ /'
}
