/*
 * How a job's requests are made.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_ATTEMPT_HTTP_SESSION_H
#define WINE_BITS_TRANSFER_ATTEMPT_HTTP_SESSION_H

#include "http/http.h"
#include "transfer/jobs/queue.h"

/* Of the job's security flags (B-201) what is said about redirects. */
#define REDIRECT_REPORT 0x0100
#define REDIRECT_DISALLOW 0x0200
#define REDIRECT_MASK 0x0700
#define REDIRECT_TO_HTTP 0x0800

/* Copies, since the client may change the job's own meanwhile. */
struct settings
{
    char *custom_headers;
    char *challenge_headers;
    const CERT_CONTEXT *certificate;
    WCHAR *certificate_store; /* where it still has to be looked up, NULL = nowhere */
    unsigned int certificate_location;
    BYTE certificate_hash[20];
    WCHAR *proxy_list;
    WCHAR *proxy_bypass;
    struct credentials credentials[CREDENTIAL_TARGETS][CREDENTIAL_SCHEMES];
    struct http_options options; /* points to all of them; redirects are followed */
};

/* Fill a structure that is all zero.  FALSE: no memory, clean up nevertheless.  Locked. */
BOOL settings_copy(struct settings *settings, const struct job *job);
void settings_cleanup(struct settings *settings);

/* Look up the client certificate that the job names (B-195).  One that is not there any more is left out: the server
 * says whether it matters.  Not under the lock. */
void settings_find_certificate(struct settings *settings);

/* What a run asks servers with, for one file after the other: an exchange is dear under Wine, and so is finding the
 * user's proxies. */
struct requester
{
    struct settings settings;
    struct http_exchange *exchange; /* NULL: in use, or to be made */
    unsigned int version;           /* of the job's settings */
    ULONGLONG made_at;              /* ms */
};

/* Make the run's requester fit the job's settings as they are now.  FALSE: no memory.  Locked; *stale: the previous
 * one, for requester_destroy without the lock, or NULL. */
BOOL requester_prepare(struct run *run, struct requester **stale);
void requester_destroy(struct requester *requester);

/* What an error of the HTTP client means for a job with these settings. */
transfer_code settings_code(const struct settings *settings, transfer_code code);

#endif
