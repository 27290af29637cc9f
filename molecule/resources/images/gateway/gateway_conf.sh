# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2034  # who reads this file uses what it sets
# Part of the lab, read by the translators of gateways: a gateway's configuration file. A key that they do not know is an error.

conf=/etc/gateway/gateway.conf
run=/run/gateway

# read_gateway: sets a variable for each key, aor to the user as sip:USER@DOMAIN, registrar to HOST:PORT, expires and interval to seconds
# (interval empty where no keepalive is asked for), and tone to the tone of this gateway in Hz.
read_gateway() {
  register='' transport='' tls_client_cert='' tls_client_key='' tls_ca_cert='' srtp_encryption=''
  srtp_auth=sdes keepalive_interval='' register_expires=1h
  read_conf
  for key in register transport tls_client_cert tls_client_key tls_ca_cert srtp_encryption; do
    eval "[ -n \"\$$key\" ]" || refuse "$key is missing"
  done
  [ "$transport" = tls ] || refuse "transport: expected tls; found $transport"
  one_of srtp_encryption "$srtp_encryption" none aes128_cm aes256_gcm
  one_of srtp_auth "$srtp_auth" sdes dtls
  registrar=${register#sip:}
  [ "$registrar" != "$register" ] || refuse "register: expected sip:HOST:PORT; found $register"
  aor=$(user_of_certificate)
  expires=$(seconds register_expires "$register_expires")
  interval=''
  [ -z "$keepalive_interval" ] || interval=$(seconds keepalive_interval "$keepalive_interval")
  # gw1 has 440 Hz, gw2 550 Hz, and so on
  number=$(printf '%s\n' "${aor%%@*}" | sed -n 's/.*[^0-9]\([0-9]\)$/\1/p')
  tone=$((330 + 110 * ${number:-1}))
}

# one_of KEY VALUE CHOICE...
one_of() {
  key=$1 value=$2
  shift 2
  for choice in "$@"; do
    [ "$value" != "$choice" ] || return 0
  done
  refuse "$key: expected one of $*; found $value"
}

# refuse TEXT: ends with what is wrong in the file.
refuse() {
  echo "${0##*/}: $conf: [sip] $1" >&2
  exit 1
}

# read_conf: sets a variable for each key of the section [sip]; other sections belong to others.
read_conf() {
  section=
  while IFS= read -r line || [ -n "$line" ]; do
    line=$(printf '%s' "$line" | tr -d '\r' | sed 's/^[[:blank:]]*//; s/[[:blank:]]*$//')
    case $line in
      '' | '#'* | ';'*) ;;
      '['*']') section=$line ;;
      *=*)
        [ "$section" = '[sip]' ] || continue
        key=$(printf '%s' "${line%%=*}" | sed 's/[[:blank:]]*$//')
        value=$(printf '%s' "${line#*=}" | sed 's/^[[:blank:]]*//')
        case $key in
          register | transport | tls_client_cert | tls_client_key | tls_ca_cert | srtp_encryption | srtp_auth | keepalive_interval | register_expires)
            eval "$key=\$value"
            ;;
          *) refuse "$key: not a key" ;;
        esac
        ;;
      *) refuse "not a line of an INI file: $line" ;;
    esac
  done <"$conf"
}

# seconds KEY DURATION: such as 120s or 1h.
seconds() {
  number=${2%[smhd]}
  case $number in
    '' | *[!0-9]*) refuse "$1: expected a duration such as 120s; found $2" ;;
  esac
  case $2 in
    *s) echo "$number" ;;
    *m) echo "$((number * 60))" ;;
    *h) echo "$((number * 3600))" ;;
    *d) echo "$((number * 86400))" ;;
    *) refuse "$1: expected a duration such as 120s; found $2" ;;
  esac
}

# user_of_certificate: the user that registers, as the certificate names it.
user_of_certificate() {
  uri=$(openssl x509 -in "$tls_client_cert" -noout -ext subjectAltName | sed -n 's/.*URI:\(sip:[^, ]*@[^, ]*\).*/\1/p')
  [ -n "$uri" ] || refuse "tls_client_cert: $tls_client_cert names no user (URI:sip:user@domain)"
  printf '%s\n' "$uri"
}

