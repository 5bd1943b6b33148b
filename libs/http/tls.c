/*
 * TLS on Schannel.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define SECURITY_WIN32
#define SCHANNEL_USE_BLACKLISTS /* for SCH_CREDENTIALS */

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>
#include <security.h>
#include <subauth.h>
#include <schannel.h>

#include "http/certificate.h"
#include "http/tls.h"
#include "http/tlswatch.h"
#include "http/url.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

/* Room for several records, the largest of which has 16 KiB and some overhead. */
#define INPUT_SIZE (256 * 1024)
#define OUTPUT_RECORDS 8

#define CREDENTIAL_FLAGS (SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS | SCH_USE_STRONG_CRYPTO)
#define CONTEXT_FLAGS \
    (ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT | ISC_REQ_CONFIDENTIALITY | ISC_REQ_ALLOCATE_MEMORY | \
     ISC_REQ_STREAM | ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_USE_SUPPLIED_CREDS)

struct http_tls
{
    struct http_socket *socket;
    CredHandle credentials;
    CtxtHandle context;
    bool has_credentials, has_context;
    WCHAR *target; /* for the server name extension; NULL for addresses */
    bool has_client_certificate;
    struct http_tls_watch watch;
    const CERT_CONTEXT *certificate;
    SecPkgContext_StreamSizes sizes;
    bool closed;            /* the peer has sent close_notify */
    uint32_t receive_error; /* sticky, and apart: what the peer said last can be read when it takes no more */
    uint32_t send_error;

    char *input; /* encrypted bytes at start, before them plain ones */
    size_t start, end;
    char *plain; /* decrypted bytes within input that nobody took yet */
    size_t plain_size;
    char *output; /* NULL until something is sent */
};

/* --- handshake --- */

/* The same wait, with what is left of the connect time-out for everything. */
static uint32_t limit_wait(const struct http_wait *wait, ULONGLONG start, struct http_wait *limited)
{
    ULONGLONG elapsed = GetTickCount64() - start;

    *limited = *wait;
    limited->send_timeout = limited->receive_timeout = wait->connect_timeout;
    if (!wait->connect_timeout) return 0;
    if (elapsed >= wait->connect_timeout) return ERROR_WINHTTP_TIMEOUT;
    limited->send_timeout = limited->receive_timeout = wait->connect_timeout - (uint32_t)elapsed;
    return 0;
}

static uint32_t receive_more(struct http_tls *tls, const struct http_wait *wait, size_t *got)
{
    uint32_t error;

    if (tls->start)
    {
        memmove(tls->input, tls->input + tls->start, tls->end - tls->start);
        tls->end -= tls->start;
        tls->start = 0;
    }
    if (tls->end == INPUT_SIZE)
    {
        WARN("a record without end\n");
        return ERROR_WINHTTP_SECURE_FAILURE;
    }
    if ((error = http_socket_receive(tls->socket, wait, tls->input + tls->end, INPUT_SIZE - tls->end, got)))
        return error;
    tls->end += *got;
    return 0;
}

static uint32_t receive_handshake(struct http_tls *tls, const struct http_wait *wait)
{
    uint32_t error;
    size_t got;

    if ((error = receive_more(tls, wait, &got))) return error;
    if (!got)
    {
        WARN("the peer closed the connection during the handshake\n");
        return ERROR_WINHTTP_CONNECTION_ERROR;
    }
    /* RFC 5246 section 6.2.1: change_cipher_spec to application_data.  Others would be waited for in vain. */
    if ((BYTE)tls->input[0] < 20 || (BYTE)tls->input[0] > 23)
    {
        WARN("the peer does not speak TLS\n");
        return ERROR_WINHTTP_SECURE_FAILURE;
    }
    http_tls_watch_input(&tls->watch, tls->input + tls->end - got, got);
    return 0;
}

/* One call into Schannel with what has arrived.  What it wants to say is sent, alerts too. */
static uint32_t handshake_step(struct http_tls *tls, const struct http_wait *wait, bool first, SECURITY_STATUS *status)
{
    SecBuffer in[2] = {{0}}, out[1] = {{0}};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 2, in}, out_desc = {SECBUFFER_VERSION, 1, out};
    size_t available = tls->end - tls->start;
    uint32_t error = 0;
    ULONG attributes;

    in[0].BufferType = SECBUFFER_TOKEN;
    in[0].pvBuffer = tls->input + tls->start;
    in[0].cbBuffer = available;
    in[1].BufferType = SECBUFFER_EMPTY;
    out[0].BufferType = SECBUFFER_TOKEN;
    *status = InitializeSecurityContextW(&tls->credentials, tls->has_context ? &tls->context : NULL, tls->target,
                                         CONTEXT_FLAGS, 0, 0, first ? NULL : &in_desc, 0, &tls->context, &out_desc,
                                         &attributes, NULL);
    if (*status == SEC_E_OK || *status == SEC_I_CONTINUE_NEEDED) tls->has_context = true;
    if (out[0].cbBuffer && out[0].pvBuffer)
        error = http_socket_send(tls->socket, wait, out[0].pvBuffer, out[0].cbBuffer);
    if (out[0].pvBuffer) FreeContextBuffer(out[0].pvBuffer);
    if (*status == SEC_E_OK || *status == SEC_I_CONTINUE_NEEDED)
    {
        size_t extra = !first && in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;

        tls->start = tls->end - min(extra, available);
    }
    return error;
}

/* The server asked for a certificate (B-537); whether it insists shows when it says no more. */
static bool lacks_certificate(const struct http_tls *tls)
{
    return tls->watch.requested && !tls->has_client_certificate;
}

static uint32_t handshake_failure(const struct http_tls *tls, SECURITY_STATUS status)
{
    const BYTE *alert = (const BYTE *)tls->input + tls->start;

    /* RFC 5246 section 7.2: a fatal alert, protocol_version */
    if (tls->end - tls->start >= 7 && alert[0] == 21 && alert[5] == 2 && alert[6] == 70)
        WARN("the server has none of the versions of TLS that are used here: 1.2, and 1.3 if Schannel has it\n");
    WARN("the handshake failed with %#lx\n", status);
    return lacks_certificate(tls) ? ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED : ERROR_WINHTTP_SECURE_FAILURE;
}

/* first: the session begins; otherwise the peer wants another handshake. */
static uint32_t handshake(struct http_tls *tls, const struct http_wait *wait, bool first)
{
    ULONGLONG start = GetTickCount64();
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    struct http_wait limited;
    uint32_t error;

    while (status != SEC_E_OK)
    {
        if ((error = limit_wait(wait, start, &limited))) return error;
        if (!first && (tls->start == tls->end || status == SEC_E_INCOMPLETE_MESSAGE) &&
            (error = receive_handshake(tls, &limited)))
            return lacks_certificate(tls) && error == ERROR_WINHTTP_CONNECTION_ERROR
                       ? ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED
                       : error;
        if ((error = handshake_step(tls, &limited, first, &status))) return error;
        first = false;
        if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED && status != SEC_E_INCOMPLETE_MESSAGE)
            return handshake_failure(tls, status);
    }
    return 0;
}

/* The structure with which Windows offers TLS 1.3, if it has that.  Wine 8.0 and 10.0 take it, too, but ignore which
 * protocols are disabled, and offer their own choice. */
static SECURITY_STATUS acquire_current(struct http_tls *tls, const CERT_CONTEXT *certificate)
{
    TLS_PARAMETERS parameters = {.grbitDisabledProtocols = (DWORD) ~(SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT)};
    SCH_CREDENTIALS schannel = {0};

    schannel.dwVersion = SCH_CREDENTIALS_VERSION;
    schannel.dwFlags = CREDENTIAL_FLAGS;
    schannel.cTlsParameters = 1;
    schannel.pTlsParameters = &parameters;
    if (certificate)
    {
        schannel.cCreds = 1;
        schannel.paCred = &certificate;
    }
    return AcquireCredentialsHandleW(NULL, (WCHAR *)UNISP_NAME_W, SECPKG_CRED_OUTBOUND, NULL, &schannel, NULL, NULL,
                                     &tls->credentials, NULL);
}

static SECURITY_STATUS acquire_old(struct http_tls *tls, const CERT_CONTEXT *certificate)
{
    SCHANNEL_CRED schannel = {0};

    schannel.dwVersion = SCHANNEL_CRED_VERSION;
    schannel.dwFlags = CREDENTIAL_FLAGS;
    schannel.grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT;
    if (certificate)
    {
        schannel.cCreds = 1;
        schannel.paCred = &certificate;
    }
    return AcquireCredentialsHandleW(NULL, (WCHAR *)UNISP_NAME_W, SECPKG_CRED_OUTBOUND, NULL, &schannel, NULL, NULL,
                                     &tls->credentials, NULL);
}

static bool offers_tls13(struct http_tls *tls)
{
    SecPkgCred_SupportedProtocols supported = {0};

    return QueryCredentialsAttributesW(&tls->credentials, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &supported) == SEC_E_OK &&
           supported.grbitProtocol & SP_PROT_TLS1_3_CLIENT;
}

static uint32_t acquire_credentials(struct http_tls *tls, const struct http_options *options)
{
    SECURITY_STATUS status;

    tls->has_client_certificate = options->client_certificate != NULL;
    if ((status = acquire_current(tls, options->client_certificate)) != SEC_E_OK || !offers_tls13(tls))
    {
        if (status == SEC_E_OK) FreeCredentialsHandle(&tls->credentials);
        status = acquire_old(tls, options->client_certificate);
    }
    if (status != SEC_E_OK)
    {
        ERR("no credentials for TLS, %#lx\n", status);
        return ERROR_WINHTTP_SECURE_FAILURE;
    }
    tls->has_credentials = true;
    return 0;
}

/* RFC 8996: what a system agrees to below TLS 1.2 is refused. */
static uint32_t check_version(const struct http_tls *tls)
{
    SecPkgContext_ConnectionInfo info;
    SECURITY_STATUS status = QueryContextAttributesW((CtxtHandle *)&tls->context, SECPKG_ATTR_CONNECTION_INFO, &info);

    if (status == SEC_E_OK && (info.dwProtocol & (SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT))) return 0;
    WARN("no version of TLS that is still safe, status %#lx\n", status);
    return ERROR_WINHTTP_SECURE_FAILURE;
}

static uint32_t set_target(struct http_tls *tls, const char *host)
{
    size_t size = strlen(host) + 1;

    /* RFC 6066 section 3: the extension is for names only. */
    if (http_is_ipv4(host, size - 1) || http_is_ipv6(host, size - 1)) return 0;
    if (!(tls->target = malloc(size * sizeof(WCHAR)))) return ERROR_NOT_ENOUGH_MEMORY;
    MultiByteToWideChar(CP_UTF8, 0, host, -1, tls->target, size);
    return 0;
}

static uint32_t query_certificate(const struct http_tls *tls, const CERT_CONTEXT **certificate)
{
    SECURITY_STATUS status = QueryContextAttributesW((CtxtHandle *)&tls->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT,
                                                     (void *)certificate);

    if (status == SEC_E_OK && *certificate) return 0;
    WARN("no certificate of the server, %#lx\n", status);
    return ERROR_WINHTTP_SECURE_FAILURE;
}

uint32_t http_tls_open(struct http_socket *socket, const struct http_wait *wait, const char *host,
                       const struct http_options *options, struct http_tls **ret)
{
    struct http_tls *tls;
    uint32_t error;

    if (!(tls = calloc(1, sizeof(*tls)))) return ERROR_NOT_ENOUGH_MEMORY;
    tls->socket = socket;
    error = ERROR_NOT_ENOUGH_MEMORY;
    if (!(tls->input = malloc(INPUT_SIZE))) goto failed;
    if ((error = set_target(tls, host))) goto failed;
    if ((error = acquire_credentials(tls, options))) goto failed;
    if ((error = handshake(tls, wait, true))) goto failed;
    if ((error = check_version(tls))) goto failed;
    error = ERROR_WINHTTP_SECURE_FAILURE;
    if (QueryContextAttributesW(&tls->context, SECPKG_ATTR_STREAM_SIZES, &tls->sizes) != SEC_E_OK) goto failed;
    if ((error = query_certificate(tls, &tls->certificate))) goto failed;
    if ((error = http_certificate_verify(tls->certificate, host, options->tls_flags, wait->connect_timeout,
                                         wait->cancel)))
        goto failed;
    *ret = tls;
    return 0;

failed:
    http_tls_destroy(tls);
    return error;
}

/* --- the end --- */

static void send_close_notify(struct http_tls *tls)
{
    DWORD token = SCHANNEL_SHUTDOWN;
    SecBuffer buffer = {sizeof(token), SECBUFFER_TOKEN, &token}, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &buffer}, out_desc = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;

    if (ApplyControlToken(&tls->context, &desc) != SEC_E_OK) return;
    InitializeSecurityContextW(&tls->credentials, &tls->context, tls->target, CONTEXT_FLAGS, 0, 0, NULL, 0,
                               &tls->context, &out_desc, &attributes, NULL);
    if (!out.pvBuffer) return;
    http_socket_send_now(tls->socket, out.pvBuffer, out.cbBuffer);
    FreeContextBuffer(out.pvBuffer);
}

void http_tls_destroy(struct http_tls *tls)
{
    if (!tls) return;
    if (tls->has_context)
    {
        if (tls->certificate && !tls->send_error && !tls->receive_error) send_close_notify(tls);
        DeleteSecurityContext(&tls->context);
    }
    if (tls->has_credentials) FreeCredentialsHandle(&tls->credentials);
    if (tls->certificate) CertFreeCertificateContext(tls->certificate);
    free(tls->target);
    free(tls->input);
    free(tls->output);
    free(tls);
}

const CERT_CONTEXT *http_tls_certificate(const struct http_tls *tls)
{
    return tls->certificate;
}

/* --- sending --- */

/* Encrypts one record's worth of data behind what is in output. */
static uint32_t encrypt(struct http_tls *tls, char *output, const char *data, size_t size, size_t *used)
{
    SecBuffer buffers[4] = {{0}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;

    memcpy(output + tls->sizes.cbHeader, data, size);
    buffers[0].BufferType = SECBUFFER_STREAM_HEADER;
    buffers[0].pvBuffer = output;
    buffers[0].cbBuffer = tls->sizes.cbHeader;
    buffers[1].BufferType = SECBUFFER_DATA;
    buffers[1].pvBuffer = output + tls->sizes.cbHeader;
    buffers[1].cbBuffer = size;
    buffers[2].BufferType = SECBUFFER_STREAM_TRAILER;
    buffers[2].pvBuffer = output + tls->sizes.cbHeader + size;
    buffers[2].cbBuffer = tls->sizes.cbTrailer;
    buffers[3].BufferType = SECBUFFER_EMPTY;
    if ((status = EncryptMessage(&tls->context, 0, &desc, 0)) != SEC_E_OK)
    {
        WARN("encryption failed, %#lx\n", status);
        return ERROR_WINHTTP_SECURE_FAILURE;
    }
    *used = (size_t)buffers[0].cbBuffer + buffers[1].cbBuffer + buffers[2].cbBuffer;
    return 0;
}

uint32_t http_tls_send(struct http_tls *tls, const struct http_wait *wait, const void *data, size_t size)
{
    size_t record = tls->sizes.cbHeader + tls->sizes.cbMaximumMessage + tls->sizes.cbTrailer;
    const char *pos = data;

    if (tls->send_error) return tls->send_error;
    if (!tls->output && !(tls->output = malloc(OUTPUT_RECORDS * record))) return ERROR_NOT_ENOUGH_MEMORY;
    while (size && !tls->send_error)
    {
        unsigned int count;
        size_t total = 0;

        for (count = 0; count < OUTPUT_RECORDS && size && !tls->send_error; count++)
        {
            size_t part = min(size, tls->sizes.cbMaximumMessage), used = 0;

            tls->send_error = encrypt(tls, tls->output + total, pos, part, &used);
            total += used;
            pos += part;
            size -= part;
        }
        if (!tls->send_error) tls->send_error = http_socket_send(tls->socket, wait, tls->output, total);
    }
    return tls->send_error;
}

/* --- receiving --- */

/* The peer wants another handshake; it must stay the same peer. */
static uint32_t renegotiate(struct http_tls *tls, const struct http_wait *wait)
{
    const CERT_CONTEXT *certificate;
    uint32_t error;

    TRACE("another handshake\n");
    if ((error = handshake(tls, wait, false))) return error;
    if ((error = query_certificate(tls, &certificate))) return error;
    if (!CertCompareCertificate(X509_ASN_ENCODING, certificate->pCertInfo, tls->certificate->pCertInfo))
    {
        WARN("the server's certificate has changed\n");
        error = ERROR_WINHTTP_SECURE_FAILURE;
    }
    CertFreeCertificateContext(certificate);
    if (!error && QueryContextAttributesW(&tls->context, SECPKG_ATTR_STREAM_SIZES, &tls->sizes) != SEC_E_OK)
        error = ERROR_WINHTTP_SECURE_FAILURE;
    free(tls->output);
    tls->output = NULL;
    return error;
}

/* Decrypts the next record in place; *more: its end has not arrived. */
static uint32_t decrypt(struct http_tls *tls, const struct http_wait *wait, bool *more)
{
    SecBuffer buffers[4] = {{0}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;
    size_t extra = 0;
    unsigned int i;
    bool alert;

    *more = tls->start == tls->end;
    if (*more) return 0;
    alert = tls->input[tls->start] == 21;
    buffers[0].BufferType = SECBUFFER_DATA;
    buffers[0].pvBuffer = tls->input + tls->start;
    buffers[0].cbBuffer = tls->end - tls->start;
    status = DecryptMessage(&tls->context, &desc, 0, NULL);
    if (status == SEC_E_INCOMPLETE_MESSAGE)
    {
        *more = true;
        return 0;
    }
    if (status != SEC_E_OK && status != SEC_I_CONTEXT_EXPIRED && status != SEC_I_RENEGOTIATE)
    {
        WARN("decryption failed, %#lx\n", status);
        return ERROR_WINHTTP_SECURE_FAILURE;
    }
    for (i = 0; i < ARRAYSIZE(buffers); i++)
    {
        if (buffers[i].BufferType == SECBUFFER_DATA && status == SEC_E_OK)
        {
            tls->plain = buffers[i].pvBuffer;
            tls->plain_size = buffers[i].cbBuffer;
        }
        if (buffers[i].BufferType == SECBUFFER_EXTRA) extra = buffers[i].cbBuffer;
    }
    tls->start = tls->end - min(extra, tls->end - tls->start);
    /*
     * Wine gives an empty message where Windows says that the context expired.  An alert that is no
     * close_notify is an error for both.
     */
    if (status == SEC_I_CONTEXT_EXPIRED || (status == SEC_E_OK && alert && !tls->plain_size)) tls->closed = true;
    return status == SEC_I_RENEGOTIATE ? renegotiate(tls, wait) : 0;
}

/* Makes sure that there are plain bytes, or that the session has ended. */
static uint32_t receive_plain(struct http_tls *tls, const struct http_wait *wait)
{
    uint32_t error;

    while (!tls->plain_size && !tls->closed)
    {
        size_t got = 1;
        bool more;

        if ((error = decrypt(tls, wait, &more))) return error;
        if (more && (error = receive_more(tls, wait, &got))) return error;
        if (!got)
        {
            WARN("the peer ended without close_notify\n");
            return ERROR_WINHTTP_CONNECTION_ERROR;
        }
    }
    return 0;
}

/* Whether the next record has arrived completely. */
static bool record_complete(const struct http_tls *tls)
{
    const BYTE *head = (const BYTE *)tls->input + tls->start;
    size_t size = tls->end - tls->start;

    return size >= 5 && size - 5 >= (size_t)(head[3] << 8 | head[4]);
}

uint32_t http_tls_receive(struct http_tls *tls, const struct http_wait *wait, void *buffer, size_t size, size_t *got)
{
    size_t part;

    *got = 0;
    while (*got < size)
    {
        /* What has arrived is worth more than an error that came after it. */
        if (*got && !tls->plain_size && !record_complete(tls)) break;
        if (!tls->receive_error) tls->receive_error = receive_plain(tls, wait);
        if (tls->receive_error) return *got ? 0 : tls->receive_error;
        if (tls->closed && !tls->plain_size) break;
        part = min(tls->plain_size, size - *got);
        memcpy((char *)buffer + *got, tls->plain, part);
        tls->plain += part;
        tls->plain_size -= part;
        *got += part;
    }
    return 0;
}

bool http_tls_pending(const struct http_tls *tls)
{
    return tls->plain_size || tls->start != tls->end || tls->closed || tls->receive_error;
}
