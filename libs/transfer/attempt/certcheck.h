/*
 * The client's own check of servers' certificates.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_ATTEMPT_CERTCHECK_H
#define WINE_BITS_TRANSFER_ATTEMPT_CERTCHECK_H

#include "transfer/jobs/job.h"

/* An http_certificate_check; context is a job.  Takes as long as the client does. */
uint32_t certcheck_ask(void *context, const char *host, uint16_t port, const CERT_CONTEXT *certificate);

#endif
