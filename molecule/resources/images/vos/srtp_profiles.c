/* Copyright (c) 2026 siptls.vos contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Part of the lab. rtpengine has no setting for the SRTP profiles of a DTLS handshake (RFC 5764, section 4.1.2): it offers and takes
 * all that it knows. Loaded before OpenSSL, this has it offer and take those of SRTP_PROFILES alone, colons between them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

int SSL_CTX_set_tlsext_use_srtp(void *context, const char *profiles) {
  int (*next)(void *, const char *) = (int (*)(void *, const char *))dlsym(RTLD_NEXT, "SSL_CTX_set_tlsext_use_srtp");
  const char *allowed = getenv("SRTP_PROFILES");
  return next(context, allowed ? allowed : profiles);
}
