# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# check_tls_files FILE SECTION CERTIFICATE KEY ANCHORS CIPHERS GROUPS
#
# Whether what an INI file names would work with the OpenSSL of this device: the files are there, key and certificate
# belong together, the anchors verify the certificate, the names are known. From the third on, the names of keys in SECTION;
# an empty one is not looked at. There is no percent sign in here: it means something to who runs this.

check_tls_files() {
  LC_ALL=C
  export LC_ALL
  conf=$1
  section=$2
  certificate=$(needed "$3") && key=$(needed "$4") && anchors=$(needed "$5") || exit 1
  own=$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null) || refuse "$4" "a private key without a passphrase" "$key"
  [ "$own" = "$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null)" ] ||
    refuse "$3" "the certificate of the key $key" "$certificate, which is that of another key"
  # Strict up to the CA below the trust anchor: a trust anchor is a name and a key, and may lack a key usage (RFC 5280, section 6.1.1)
  for strictly in '' '-x509_strict -partial_chain'; do
    # shellcheck disable=SC2086  # two options on purpose
    verdict=$(openssl verify $strictly -CAfile "$anchors" -untrusted "$certificate" "$certificate" 2>&1) ||
      refuse "$5" "anchors that verify $certificate" "$anchors, with which openssl says: $verdict"
  done
  ciphers=$(value_of "$6")
  [ -z "$ciphers" ] || openssl ciphers "$ciphers" >/dev/null 2>&1 ||
    refuse "$6" "a cipher string that selects something on this device" "$ciphers"
  groups=$(value_of "$7")
  # s_client reads the groups before it connects; nobody listens on port 0.
  case $([ -z "$groups" ] || openssl s_client -groups "$groups" -connect 127.0.0.1:0 2>&1 </dev/null) in
    *-groups*) refuse "$7" "groups that the OpenSSL of this device knows ($(openssl version))" "$groups" ;;
  esac
}

# value_of NAME: what NAME is set to in the section; nothing if NAME is empty.
value_of() {
  [ -z "$1" ] || tr -d '\r' <"$conf" | sed -n "
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
    s/[[:blank:]]*\$//
    p"
}

# needed NAME: the file that NAME is set to, which has to be there.
needed() {
  file=$(value_of "$1")
  [ -s "$file" ] || refuse "$1" "a file on this device" "${file:-nothing}, which is missing or empty"
  echo "$file"
}

refuse() {
  echo "[$section] $1: expected $2; found $3" >&2
  exit 1
}
