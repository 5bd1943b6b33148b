/*
 * How a job's requests are made.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/text.h"
#include "http/http.h"
#include "transfer/attempt/certcheck.h"
#include "transfer/attempt/http_session.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitshttp);

#define CONNECT_TIMEOUT_MS 60000
#define SEND_TIMEOUT_MS (5 * 60 * 1000) /* B-426 */
#define RECEIVE_TIMEOUT_MS (5 * 60 * 1000)

static BOOL copy_credentials(struct settings *settings, const struct job *job)
{
    unsigned int target, scheme;

    for (target = 0; target < CREDENTIAL_TARGETS; target++)
    {
        for (scheme = 0; scheme < CREDENTIAL_SCHEMES; scheme++)
        {
            const struct credentials *from = &job->credentials[target][scheme];
            struct credentials *to = &settings->credentials[target][scheme];

            if (!from->set) continue;
            to->set = TRUE;
            to->user = string_copy(from->user);
            to->password = string_copy(from->password);
            if ((from->user && !to->user) || (from->password && !to->password)) return FALSE;
            if (scheme >= HTTP_AUTH_SCHEME_COUNT) continue; /* Passport has no server any more */
            settings->options.credentials[target][scheme].set = TRUE;
            settings->options.credentials[target][scheme].user = to->user;
            settings->options.credentials[target][scheme].password = to->password;
        }
    }
    return TRUE;
}

static enum http_proxy_mode proxy_mode(uint64_t usage)
{
    switch (usage)
    {
    case JOB_PROXY_USAGE_NONE: return HTTP_PROXY_NONE;
    case JOB_PROXY_USAGE_LIST: return HTTP_PROXY_LIST;
    case JOB_PROXY_USAGE_AUTODETECT: return HTTP_PROXY_AUTODETECT;
    default: return HTTP_PROXY_PRECONFIG;
    }
}

/* The job's security flags as the client of libs/http knows them (B-201). */
static uint32_t tls_flags(uint64_t flags)
{
    return (flags & 0x01 ? HTTP_TLS_CHECK_REVOCATION : 0) | (flags & 0x02 ? HTTP_TLS_IGNORE_NAME : 0) |
           (flags & 0x04 ? HTTP_TLS_IGNORE_DATE : 0) | (flags & 0x08 ? HTTP_TLS_IGNORE_UNKNOWN_CA : 0) |
           (flags & 0x10 ? HTTP_TLS_IGNORE_USAGE : 0);
}

BOOL settings_copy(struct settings *settings, const struct job *job)
{
    struct http_options *options = &settings->options;
    uint64_t flags = job->numbers[JOB_SECURITY_FLAGS];

    queue_assert_locked(job->queue);
    options->user_agent = job->queue->config.profile->user_agent;
    options->connect_timeout = CONNECT_TIMEOUT_MS;
    options->send_timeout = SEND_TIMEOUT_MS;
    options->receive_timeout = RECEIVE_TIMEOUT_MS;
    options->redirects = (flags & REDIRECT_MASK) == REDIRECT_DISALLOW ? HTTP_REDIRECT_REFUSE : HTTP_REDIRECT_FOLLOW;
    options->allow_https_to_http = !!(flags & REDIRECT_TO_HTTP);
    options->proxy_mode = proxy_mode(job->numbers[JOB_PROXY_USAGE]);
    options->tls_flags = tls_flags(flags);

    if (job->strings[JOB_PROXY_LIST] && !(settings->proxy_list = string_copy(job->strings[JOB_PROXY_LIST])))
        return FALSE;
    if (job->strings[JOB_PROXY_BYPASS] && !(settings->proxy_bypass = string_copy(job->strings[JOB_PROXY_BYPASS])))
        return FALSE;
    if (job->strings[JOB_CUSTOM_HEADERS] && !(settings->custom_headers = utf8_copy(job->strings[JOB_CUSTOM_HEADERS])))
        return FALSE;
    if (job->strings[JOB_CHALLENGE_HEADERS] &&
        !(settings->challenge_headers = utf8_copy(job->strings[JOB_CHALLENGE_HEADERS])))
        return FALSE;
    if (job->certificate) settings->certificate = CertDuplicateCertificateContext(job->certificate);
    if (job->strings[JOB_CERTIFICATE_STORE] &&
        !(settings->certificate_store = string_copy(job->strings[JOB_CERTIFICATE_STORE])))
        return FALSE;
    settings->certificate_location = job->numbers[JOB_CERTIFICATE_STORE_LOCATION];
    memcpy(settings->certificate_hash, job->certificate_hash, sizeof(settings->certificate_hash));
    options->proxy_list = settings->proxy_list;
    options->proxy_bypass = settings->proxy_bypass;
    options->custom_headers = settings->custom_headers;
    options->challenge_headers = settings->challenge_headers;
    options->client_certificate = settings->certificate;
    if (job->numbers[JOB_CERTIFICATE_CHECKED])
    {
        options->certificate_check = certcheck_ask;
        options->certificate_check_context = (void *)job;
    }
    return copy_credentials(settings, job);
}

/* BITS numbers the locations in its own way. */
static DWORD store_flags(unsigned int location)
{
    static const DWORD locations[] = {
        CERT_SYSTEM_STORE_CURRENT_USER,
        CERT_SYSTEM_STORE_LOCAL_MACHINE,
        CERT_SYSTEM_STORE_CURRENT_SERVICE,
        CERT_SYSTEM_STORE_SERVICES,
        CERT_SYSTEM_STORE_USERS,
        CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY,
        CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY,
        CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE,
    };

    return locations[location < ARRAYSIZE(locations) ? location : 0] | CERT_STORE_OPEN_EXISTING_FLAG |
           CERT_STORE_READONLY_FLAG;
}

void settings_find_certificate(struct settings *settings)
{
    CRYPT_HASH_BLOB hash = {sizeof(settings->certificate_hash), settings->certificate_hash};
    HCERTSTORE store;

    if (!settings->certificate_store || settings->certificate) return;
    store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, store_flags(settings->certificate_location),
                          settings->certificate_store);
    if (store)
        settings->certificate = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &hash,
                                                           NULL);
    if (!settings->certificate) WARN("the client certificate is not there, error %#lx\n", GetLastError());
    if (store) CertCloseStore(store, 0);
    settings->options.client_certificate = settings->certificate;
}

/* --- from one file to the next --- */

/* The user's proxies are looked at again after this time. */
#define REQUESTER_LIFETIME_MS 60000

BOOL requester_prepare(struct run *run, struct requester **stale)
{
    struct requester *requester = run->requester;
    const struct job *job = run->job;

    queue_assert_locked(run->job->queue);
    *stale = NULL;
    if (requester && requester->version == job->settings_version &&
        now_ms() - requester->made_at < REQUESTER_LIFETIME_MS)
        return TRUE;
    *stale = requester;
    if (!(requester = run->requester = calloc(1, sizeof(*requester)))) return FALSE;
    requester->version = job->settings_version;
    requester->made_at = now_ms();
    requester->settings.options.cookies = run->cookies;
    return settings_copy(&requester->settings, job);
}

void requester_destroy(struct requester *requester)
{
    if (!requester) return;
    http_exchange_destroy(requester->exchange);
    settings_cleanup(&requester->settings);
    free(requester);
}

transfer_code settings_code(const struct settings *settings, transfer_code code)
{
    /* The only parameters of the user that are read as late as this (B-534). */
    if (code == ERROR_INVALID_PARAMETER && settings->options.proxy_mode == HTTP_PROXY_LIST)
        return TRANSFER_E_INVALID_PROXY;
    return code;
}

void settings_cleanup(struct settings *settings)
{
    unsigned int target, scheme;

    free(settings->custom_headers);
    free(settings->challenge_headers);
    if (settings->certificate) CertFreeCertificateContext(settings->certificate);
    free(settings->certificate_store);
    free(settings->proxy_list);
    free(settings->proxy_bypass);
    for (target = 0; target < CREDENTIAL_TARGETS; target++)
        for (scheme = 0; scheme < CREDENTIAL_SCHEMES; scheme++)
            credentials_clear(&settings->credentials[target][scheme]);
}
