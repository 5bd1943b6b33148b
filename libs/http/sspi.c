/*
 * A handshake of NTLM or Negotiate, which belongs to one connection.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define SECURITY_WIN32

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <security.h>
#include <rpc.h>

#include "http/base64.h"
#include "http/sspi.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

struct http_sspi
{
    CredHandle credentials;
    CtxtHandle context;
    bool has_credentials, has_context;
    WCHAR target[300];
    void *token; /* of the peer, not dealt with yet */
    size_t token_size;
};

static bool acquire(struct http_sspi *sspi, const WCHAR *package, const WCHAR *user, const WCHAR *password)
{
    SEC_WINNT_AUTH_IDENTITY_W identity = {0};
    const WCHAR *name = user, *backslash = user ? wcschr(user, '\\') : NULL;
    SECURITY_STATUS status;
    TimeStamp expiry;

    if (user)
    {
        if (backslash)
        {
            identity.Domain = (unsigned short *)user;
            identity.DomainLength = backslash - user;
            name = backslash + 1;
        }
        identity.User = (unsigned short *)name;
        identity.UserLength = wcslen(name);
        identity.Password = (unsigned short *)(password ? password : L"");
        identity.PasswordLength = password ? wcslen(password) : 0;
        identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    }
    status = AcquireCredentialsHandleW(NULL, (WCHAR *)package, SECPKG_CRED_OUTBOUND, NULL, user ? &identity : NULL,
                                       NULL, NULL, &sspi->credentials, &expiry);
    if (status != SEC_E_OK) WARN("no credentials for %s, %#lx\n", debug_wstr(package), status);
    return status == SEC_E_OK;
}

struct http_sspi *http_sspi_create(const WCHAR *package, const WCHAR *user, const WCHAR *password, const char *host)
{
    static const WCHAR prefix[] = L"HTTP/";
    struct http_sspi *sspi;

    if (!(sspi = calloc(1, sizeof(*sspi)))) return NULL;
    wcscpy(sspi->target, prefix);
    if (MultiByteToWideChar(CP_UTF8, 0, host, -1, sspi->target + ARRAYSIZE(prefix) - 1,
                            ARRAYSIZE(sspi->target) - ARRAYSIZE(prefix)) &&
        acquire(sspi, package, user, password))
    {
        sspi->has_credentials = true;
        return sspi;
    }
    http_sspi_destroy(sspi);
    return NULL;
}

void http_sspi_destroy(struct http_sspi *sspi)
{
    if (!sspi) return;
    if (sspi->has_context) DeleteSecurityContext(&sspi->context);
    if (sspi->has_credentials) FreeCredentialsHandle(&sspi->credentials);
    free(sspi->token);
    free(sspi);
}

bool http_sspi_give(struct http_sspi *sspi, const char *token)
{
    free(sspi->token);
    sspi->token = NULL;
    return http_base64_decode(token, strlen(token), &sspi->token, &sspi->token_size) == HTTP_PARSE_OK;
}

char *http_sspi_take(struct http_sspi *sspi, bool *complete)
{
    SecBuffer in = {sspi->token_size, SECBUFFER_TOKEN, sspi->token}, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc in_desc = {SECBUFFER_VERSION, 1, &in}, out_desc = {SECBUFFER_VERSION, 1, &out};
    SECURITY_STATUS status;
    char *text = NULL;
    ULONG attributes;

    /* A second step without the peer's word makes no sense. */
    if (sspi->has_context && !sspi->token) return NULL;
    status = InitializeSecurityContextW(&sspi->credentials, sspi->has_context ? &sspi->context : NULL, sspi->target,
                                        ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONNECTION, 0, SECURITY_NETWORK_DREP,
                                        sspi->token ? &in_desc : NULL, 0, &sspi->context, &out_desc, &attributes, NULL);
    if (SUCCEEDED(status)) sspi->has_context = true;
    if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE)
    {
        CompleteAuthToken(&sspi->context, &out_desc);
        status = status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
    }
    if (SUCCEEDED(status) && out.pvBuffer && out.cbBuffer) text = http_base64_encode(out.pvBuffer, out.cbBuffer);
    if (out.pvBuffer) FreeContextBuffer(out.pvBuffer);
    if (!text) WARN("the handshake failed, %#lx\n", status);
    *complete = status == SEC_E_OK;
    free(sspi->token);
    sspi->token = NULL;
    sspi->token_size = 0;
    return text;
}
