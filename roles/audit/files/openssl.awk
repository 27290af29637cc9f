# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# openssl.awk: what OpenSSL's error of a failed handshake means, in words. Part of record.awk.
#
# The numbers are those of <openssl/sslerr.h>, the same in 1.1.1 and 3.x, though packed differently: 1417C0C7 and 0A0000C7 are both
# reason 199 of the library SSL. A reason of 1000 and more is the alert that the peer sent (RFC 8446, section 6).

# explain ERROR REASON: sets cause, causes (members of a JSON array), certainty (certain, one of, unknown), alert, alert_name, alert_from.
function explain(error, words, number) {
  cause = causes = alert = alert_name = alert_from = ""
  certainty = "certain"
  if (error !~ /^(14|0A0)[0-9A-Fa-f]+$/) {
    because(error == "" ? "not in the log of the softswitch" : "OpenSSL: " bounded(words))
    if (error == "") certainty = "unknown"
    return
  }
  number = hexadecimal(substr(error, length(error) - 2))
  if (number >= 1000) refused_by_peer(number - 1000)
  else if (number in meaning) failed_here(number)
  else because("OpenSSL: " bounded(words))
}

# is_of_handshake ERROR ALERTS_ONLY: whether the error can only be of a handshake, wherever it shows; of the alerts of the peer alone.
function is_of_handshake(error, alerts_only, number) {
  if (error !~ /^(14|0A0)[0-9A-Fa-f]+$/) return 0
  number = hexadecimal(substr(error, length(error) - 2))
  return number >= 1000 ? (number - 1000) in handshake_alerts : !alerts_only && number in meaning
}

function refused_by_peer(number) {
  because("the peer broke off with the alert " name_of_alert(number) (number in refusal ? ": " refusal[number] : ""))
  has_alert(number, "peer")
}

function failed_here(number, several, count, i) {
  count = split(meaning[number], several, "|")
  certainty = count > 1 ? "one of" : "certain"
  for (i = 1; i <= count; i++) because(several[i])
  if (count > 1) cause = "one of: " cause
  if (number in alert_sent) has_alert(alert_sent[number], "softswitch")
}

function because(words) {
  cause = cause (cause == "" ? "" : "; ") words
  causes = causes (causes == "" ? "" : ",") "\"" words "\""
}

function has_alert(number, from) {
  alert = number
  alert_name = name_of_alert(number)
  alert_from = from
}

function name_of_alert(number) {
  return number in alert_names ? alert_names[number] : "number " number
}

function hexadecimal(digits, i, value) {
  for (i = 1; i <= length(digits); i++) value = value * 16 + index("123456789ABCDEF", toupper(substr(digits, i, 1)))
  return value
}

BEGIN {
  # The log has one line for all of these; the alert that tells them apart is seen by the client alone
  meaning[134] = "the peer's certificate is from an authority that is not trusted here, or its chain is not complete" \
    "|the peer's certificate has expired or is not valid yet|the peer's certificate is revoked" \
    "|a revocation list is missing here or has run out|the peer's certificate is not for this use, or its key or signature is too weak"
  # Which alert went out depends on the version, which is not in the log: certificate_required (TLS 1.3) or handshake_failure
  meaning[199] = "the peer sent no certificate"
  meaning[258] = "the peer offers no TLS version that is allowed here"
  alert_sent[258] = 70
  meaning[396] = meaning[258]
  # In TLS 1.2 a suite is shared only where its group and signature algorithm are
  meaning[193] = "the peer offers no cipher suite that is allowed here" \
    "|in TLS 1.2, it offers no key exchange group or signature algorithm that is allowed here"
  alert_sent[193] = 40
  meaning[101] = "the peer offers no key exchange group that is allowed here"
  alert_sent[101] = 40
  meaning[410] = meaning[101]
  meaning[376] = "the peer offers no signature algorithm that is allowed here"
  alert_sent[376] = 40
  meaning[118] = "the peer takes no signature algorithm that the softswitch's key can make"
  alert_sent[118] = 40
  meaning[123] = "the peer does not hold the private key of its certificate"
  meaning[156] = "plain text on the TLS port, such as HTTP or SIP without TLS"
  meaning[155] = "plain text on the TLS port, such as a request to an HTTP proxy"
  meaning[267] = "what came is not TLS, such as SIP without TLS|the peer speaks a version of SSL that is long gone"
  meaning[294] = "the peer broke off without a word"
  meaning[373] = "the peer fell back to an older TLS version though both know a newer one"
  alert_sent[373] = 86
  meaning[338] = "the peer cannot do secure renegotiation"
  meaning[397] = "a certificate of an authority has a key that is too weak"
  meaning[398] = "a certificate of an authority has a signature that is too weak"
  meaning[399] = "the peer's certificate has a key that is too weak"

  refusal[42] = "it cannot read the softswitch's certificate"
  refusal[44] = "to it the softswitch's certificate is revoked"
  refusal[45] = "to it the softswitch's certificate has expired or is not valid yet"
  refusal[46] = "it does not accept the softswitch's certificate and does not say why"
  refusal[48] = "it does not trust the authority of the softswitch's certificate"
  refusal[51] = "it could not verify a signature"
  refusal[70] = "it allows no TLS version that the softswitch has"
  refusal[71] = "the softswitch's cipher suites or keys are too weak for it"
  refusal[112] = "it does not know the name that was asked for"
  refusal[116] = "it wants a certificate"

  split("40 41 42 43 44 45 46 47 48 49 51 70 71 86 109 110 112 113 116 120", pair, " ")
  for (i = 1; i in pair; i++) handshake_alerts[pair[i] + 0]

  # The registry of IANA, TLS Alerts; and those of RFC 5246 that are no more
  split("0 close_notify 10 unexpected_message 20 bad_record_mac 21 decryption_failed 22 record_overflow 30 decompression_failure" \
    " 40 handshake_failure 41 no_certificate 42 bad_certificate 43 unsupported_certificate 44 certificate_revoked 45 certificate_expired" \
    " 46 certificate_unknown 47 illegal_parameter 48 unknown_ca 49 access_denied 50 decode_error 51 decrypt_error 60 export_restriction" \
    " 70 protocol_version 71 insufficient_security 80 internal_error 86 inappropriate_fallback 90 user_canceled 100 no_renegotiation" \
    " 109 missing_extension 110 unsupported_extension 111 certificate_unobtainable 112 unrecognized_name" \
    " 113 bad_certificate_status_response 114 bad_certificate_hash_value 115 unknown_psk_identity 116 certificate_required" \
    " 120 no_application_protocol 121 ech_required", pair, " ")
  for (i = 1; i in pair; i += 2) alert_names[pair[i] + 0] = pair[i + 1]
}
