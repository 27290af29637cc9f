# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# record.awk: one JSON record for each TLS handshake failure in a softswitch's log. POSIX awk, LC_ALL=C.
#
# Reads what journalctl prints with --output=json, and appends to a file. Which line of the log means what is told by read_line(), which
# belongs to a platform (vos/lines.awk), and what OpenSSL's error means by explain() (openssl.awk).
#
#   -v records=FILE     the file that records are appended to; opened for each, so that it may be renamed at any time
#   -v position=FILE    gets the word "recorded" and the cursor of the last record
#   -v last=CURSOR      of the last record that there is; its failure is read again and not written again
#
# The lines of one failure come from one process, and those of others come in between. So failures are joined by process. Records are
# written in the order in which failures begin, each with the cursor of its first line: what begins after the last record is not
# written yet, and what begins before it is. To go on after an interruption, that is all one has to know.

BEGIN {
  # Text is kept as it is in JSON, escaped; these bound it
  longest = 255
  # A failure whose last line does not come, as its process has died, holds up those after it no longer than this
  patience = 10 * 1000000
  most_open = 1000
  for (i = 32; i < 127; i++) ascii[i] = sprintf("%c", i)
  ascii[34] = "\\\""
  ascii[92] = "\\\\"
  first = 1
  newest = 0
}

{
  cursor = member("__CURSOR")
  if (cursor == "") next
  microseconds = member("__REALTIME_TIMESTAMP")
  hostname = member("_HOSTNAME")
  read_line(member("_PID"), message())
  write_what_is_known()
}

# member NAME: of a member of the entry whose value holds no quotes. Quotes within other values are escaped, so this is never in one.
function member(name, key, at, rest) {
  key = "\"" name "\":\""
  at = index($0, key)
  if (!at) return ""
  rest = substr($0, at + length(key))
  return substr(rest, 1, index(rest, "\"") - 1)
}

# message: the line of the log, as it is in JSON. What is not printable comes as a list of bytes.
function message(at, rest) {
  at = index($0, "\"MESSAGE\":")
  if (!at) return ""
  rest = substr($0, at + 10)
  if (match(rest, /^"([^"\\]|\\.)*"/)) return substr(rest, 2, RLENGTH - 2)
  if (match(rest, /^\[[0-9,]*\]/)) return of_bytes(substr(rest, 2, RLENGTH - 2))
  return ""
}

function of_bytes(list, count, byte, i, text) {
  count = split(list, byte, ",")
  if (count > 4096) count = 4096
  for (i = 1; i <= count; i++) text = text (byte[i] in ascii ? ascii[byte[i]] : sprintf("\\u%04x", byte[i]))
  return text
}

# --- for read_line(): a failure of a process begins, something is known of it, it is complete, or it is none. It begins with one kind of
# line and no other: after an interruption there may be lines of a failure whose first line is not read again, as it has its record.

function failure_begins(process) {
  if (process in failure_of) failure_is_complete(process)
  newest++
  failure_of[process] = newest
  process_of[newest] = process
  begun_at[newest] = cursor
  begun_when[newest] = microseconds
  host_of[newest] = hostname
}

function failure_is_open(process) {
  return process in failure_of
}

# NAME: direction (inbound, outbound), source_address, source_port, destination_address, destination_port, server_name,
# certificate_subject, certificate_serial, error (OpenSSL's number, hexadecimal), reason (OpenSSL's words). TEXT as it is in JSON.
function failure_has(process, name, text) {
  known[failure_of[process], name] = text
}

function failure_had(process, name) {
  return (failure_of[process], name) in known
}

function failure_is_complete(process) {
  state_of[failure_of[process]] = "complete"
  delete failure_of[process]
}

function failure_is_none(process) {
  state_of[failure_of[process]] = "none"
  delete failure_of[process]
}

# --- records

function write_what_is_known() {
  while (first <= newest) {
    if (!(first in state_of)) {
      if (newest - first < most_open && microseconds - begun_when[first] < patience) return
      failure_is_complete(process_of[first])
    }
    if (state_of[first] == "complete" && begun_at[first] != last) write_record(first)
    forget(first)
    first++
  }
}

function write_record(failure, record) {
  explain(known[failure, "error"], known[failure, "reason"])
  record = "{" text_member("time", rfc3339(begun_when[failure])) "," text_member("host", host_of[failure])
  record = record "," text_member("event", "tls_handshake_failure") "," of_failure(failure, "direction")
  record = record "," address(failure, "source") "," address(failure, "destination") "," of_failure(failure, "server_name")
  record = record ",\"cause\":\"" cause "\",\"certainty\":\"" certainty "\",\"causes\":[" causes "]"
  record = record ",\"alert\":" (alert == "" ? "null" : alert) "," text_member("alert_name", alert_name)
  record = record "," text_member("alert_from", alert_from)
  record = record "," of_failure(failure, "certificate_subject") "," of_failure(failure, "certificate_serial")
  record = record "," text_member("openssl_error", known[failure, "error"]) "," text_member("openssl_reason", known[failure, "reason"])
  print record "," text_member("id", begun_at[failure]) "}" >>records
  close(records)
  print "recorded " begun_at[failure] >position
  close(position)
}

function of_failure(failure, name) {
  return text_member(name, known[failure, name])
}

function address(failure, end, host, port) {
  host = known[failure, end "_address"]
  port = known[failure, end "_port"]
  if (host !~ /^[0-9A-Fa-f:.]+$/) host = ""
  if (port !~ /^[0-9]+$/ || port > 65535) port = ""
  return text_member(end "_address", host) ",\"" end "_port\":" (port == "" ? "null" : port + 0)
}

function text_member(name, text) {
  return "\"" name "\":" (text == "" ? "null" : "\"" bounded(text) "\"")
}

# bounded TEXT: what is too long is cut, never within an escape sequence or a character.
function bounded(text, kept) {
  if (length(text) <= longest) return text
  gsub(/[^ -~]/, "?", text)
  while (length(kept) < longest && match(text, /^(\\u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]|\\.|[^\\])/)) {
    kept = kept substr(text, 1, RLENGTH)
    text = substr(text, RLENGTH + 1)
  }
  return kept "..."
}

function forget(failure, name, names, count, i) {
  count = split("direction source_address source_port destination_address destination_port server_name error reason" \
    " certificate_subject certificate_serial", names, " ")
  for (i = 1; i <= count; i++) delete known[failure, names[i]]
  delete state_of[failure]
  delete process_of[failure]
  delete begun_at[failure]
  delete begun_when[failure]
  delete host_of[failure]
}

# rfc3339 MICROSECONDS since 1970, in UTC. The days of the civil calendar are counted in years that begin in March, 146097 for 400 years.
function rfc3339(since, fraction, seconds, days, era, day, year, month) {
  fraction = substr(since, length(since) - 5)
  seconds = substr(since, 1, length(since) - 6) + 0
  days = int(seconds / 86400) + 719468
  seconds %= 86400
  era = int(days / 146097)
  day = days % 146097
  year = int((day - int(day / 1460) + int(day / 36524) - int(day / 146096)) / 365)
  day -= 365 * year + int(year / 4) - int(year / 100)
  month = int((5 * day + 2) / 153)
  day = day - int((153 * month + 2) / 5) + 1
  year += 400 * era + (month >= 10)
  month += month < 10 ? 3 : -9
  return sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%sZ", year, month, day, int(seconds / 3600), int(seconds / 60) % 60, seconds % 60, fraction)
}
