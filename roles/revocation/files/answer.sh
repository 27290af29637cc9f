# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# answer.sh SETTINGS ISSUER FOLDER: answers one OCSP request. nginx passes it on as HTTP on standard input; the response goes to
# standard output. FOLDER is for this request alone, and systemd removes it.
set -eu
umask 077
LC_ALL=C
export LC_ALL
settings=$1
issuer=$settings/certificates/$2.pem
cd "$3"
longest=16384

main() {
  read_request || answer_error 1
  answer || answer_error 2
}

# read_request: RFC 6960, appendix A.1: in the body of a POST, or as base64 text in the path of a GET.
read_request() {
  read -r method path _version || return 1
  length=0
  read_headers || return 1
  if [ "$method" = POST ]; then
    case $length in '' | *[!0-9]* | ??????*) return 1 ;; esac
    [ "$length" -le "$longest" ] || return 1
    head -c "$length" >request
  else
    printf '%s\n' "${path#/}" | openssl base64 -d -A >request 2>/dev/null || return 1
  fi
  openssl ocsp -reqin request -req_text >request.txt 2>/dev/null
}

read_headers() {
  cr=$(printf '\r')
  while IFS= read -r line; do
    line=${line%"$cr"}
    case $line in
      '') return 0 ;;
      [Cc]ontent-[Ll]ength:*) length=${line##*[: ]} ;;
    esac
  done
  return 1
}

# answer: by the lines of the index that are about these serial numbers. To read all of it takes long where there are many.
answer() {
  tab=$(printf '\t')
  sed -n "s/^ *Serial Number: *\([0-9A-F]*\)\$/$tab\1$tab/p" request.txt >serials
  grep -F -f serials "$settings/ocsp/index.txt" >index || [ $? -eq 1 ] || return 1
  # A pair, though it may be renewed at this very moment
  pair=$settings/responder/$(readlink "$settings/responder/current") || return 1
  said=$(openssl ocsp -reqin request -index index -CA "$issuer" -rsigner "$pair/responder.crt" -rkey "$pair/responder.key" \
    -nmin 60 -noverify -respout response 2>&1) || :
  if [ ! -s response ]; then
    echo "siptls: no OCSP response could be made. openssl: $said" >&2
    return 1
  fi
  send response
}

send() {
  printf 'HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\nContent-Length: %d\r\n\r\n' "$(wc -c <"$1")"
  cat "$1"
}

# answer_error STATUS: a response that is nothing but its status (RFC 6960, section 2.3): 1 malformedRequest, 2 internalError.
answer_error() {
  printf '\060\003\012\001%b' "\\000$1" >error
  send error
  exit 0
}

main
