# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# lines.awk: which lines of the log of a VOS softswitch belong to a failed TLS handshake. Part of record.awk.
#
# A real VOS's own format is not public. These are the lines of Kamailio 5 and 6 (src/modules/tls/tls_server.c), which stands in for it in
# the lab. They come from one process, one after the other:
#
#   ERROR: tls [tls_server.c:1312]: tls_h_read_f(): protocol level error
#   ERROR: tls [tls_util.h:49]: tls_err_ret(): TLS accept:error:0A0000C7:SSL routines::peer did not return a certificate (sni: vos.example.com)
#   ERROR: tls [tls_server.c:1316]: tls_h_read_f(): src addr: 192.0.2.7:41864
#   ERROR: tls [tls_server.c:1319]: tls_h_read_f(): dst addr: 192.0.2.1:5061
#
# The second may be there more than once, the earliest error first. The name that the client asked for is the client's own text. The
# module is called tls, or tlsa where it brings its own OpenSSL.
#
# "TLS accept:" and "TLS connect:" are errors of a handshake. So are two others, by what OpenSSL says: a handshake that Kamailio begins and
# that fails while a message waits for it is "TLS write:", as Kamailio flushes that message then; and in TLS 1.3 a server refuses a
# client's certificate after the client's handshake, which makes it "TLS read:". Both are of connections that Kamailio makes.
#
# "src addr" is always the peer: Kamailio keeps there whom it talks to, whoever began.

# read_line PROCESS TEXT: TEXT as it is in JSON.
function read_line(process, text, words) {
  # On standard error, a colour and the number of the process stand before
  sub(/^(\\u001b\[[0-9;]*m)+/, "", text)
  sub(/^ *[0-9]+\([0-9]+\) /, "", text)
  if (!sub(/^ERROR: tlsa? \[[a-z0-9_.]+:[0-9]+\]: [a-z0-9_]+\(\): /, "", text)) return
  if (text == "protocol level error") {
    failure_begins(process)
    delete peer_of[process]
  }
  else if (text ~ /^TLS (accept|connect):error:[0-9A-F]+:/) read_error(process, text)
  else if (text ~ /^TLS (write|read):error:[0-9A-F]+:/ && is_of_handshake(part_of(text, 3), text ~ /^TLS read/)) read_error(process, text)
  # Not in the handshake, which has come to its end on this connection
  else if (text ~ /^TLS [A-Za-z -]+:error:/) {
    if (failure_is_open(process) && !failure_had(process, "error")) failure_is_none(process)
  }
  else if (sub(/^(src addr|source IP): /, "", text)) read_address(process, peer_of[process] == "" ? "source" : peer_of[process], text)
  else if (sub(/^(dst addr|destination IP): /, "", text)) {
    read_address(process, peer_of[process] == "destination" ? "source" : "destination", text)
    if (failure_is_open(process)) failure_is_complete(process)
  }
}

function part_of(text, number, part) {
  split(text, part, ":")
  return part[number]
}

# read_error PROCESS TEXT: TLS accept:error:NUMBER:LIBRARY:FUNCTION:REASON (sni: NAME)
function read_error(process, text, part, at, name) {
  if (!failure_is_open(process) || failure_had(process, "error")) return
  at = index(text, " (sni: ")
  if (at) {
    name = substr(text, at + 7)
    sub(/\)$/, "", name)
    # What Kamailio writes where the client asked for none
    if (name != "unknown") failure_has(process, "server_name", name)
    text = substr(text, 1, at - 1)
  }
  split(text, part, ":")
  failure_has(process, "direction", part[1] == "TLS accept" ? "inbound" : "outbound")
  if (part[1] != "TLS accept") peer_of[process] = "destination"
  failure_has(process, "error", part[3])
  sub(/^TLS [a-z]+:error:[0-9A-F]+:[^:]*:[^:]*:/, "", text)
  failure_has(process, "reason", text)
}

# read_address PROCESS END TEXT: ADDRESS:PORT, or ADDRESS alone. Kamailio writes an IPv6 address in full, eight groups without brackets.
function read_address(process, end, text, groups, part) {
  if (!failure_is_open(process)) return
  groups = split(text, part, ":")
  if (groups == 2 || groups == 9) {
    failure_has(process, end "_port", part[groups])
    text = substr(text, 1, length(text) - length(part[groups]) - 1)
  }
  failure_has(process, end "_address", text)
}
