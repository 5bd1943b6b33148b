/*
 * Validation of a server's certificate.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The system builds the chain and compares names; which faults count is decided here, since a flag must relax
 * its own check and no other.
 */

#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <wincrypt.h>
#include <winhttp.h>

#include "http/certificate.h"
#include "http/task.h"

#include "base/debug.h"
#include "base/library.h"

DEBUG_CHANNEL(bitshttp);

#define STATUS_CA (CERT_TRUST_IS_UNTRUSTED_ROOT | CERT_TRUST_IS_PARTIAL_CHAIN)
#define STATUS_DATE (CERT_TRUST_IS_NOT_TIME_VALID | CERT_TRUST_CTL_IS_NOT_TIME_VALID)
#define STATUS_USAGE (CERT_TRUST_IS_NOT_VALID_FOR_USAGE | CERT_TRUST_CTL_IS_NOT_VALID_FOR_USAGE)
#define STATUS_NO_REVOCATION (CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION)
/* Ours alone: a check that the policy did not pass, for a reason that the chain does not tell; a key that is too short,
 * or a signature by a broken hash, somewhere in the chain. */
#define STATUS_POLICY 0x80000000
#define STATUS_WEAK 0x40000000

/* Bits.  OpenSSL as Debian configures it (level 2, so curl and wget) and GnuTLS ask for as much. */
#define RSA_BITS_MIN 2048
/* Faults of the past: Windows itself has given up looking at the nesting of validity periods. */
#define STATUS_HARMLESS CERT_TRUST_IS_NOT_TIME_NESTED

#ifndef SECURITY_FLAG_IGNORE_REVOCATION
#define SECURITY_FLAG_IGNORE_REVOCATION 0x80 /* of wininet.h, which does not go together with winhttp.h */
#endif

struct verify_task
{
    struct http_task task;
    const CERT_CONTEXT *certificate;
    uint32_t flags;
    uint32_t timeout;
    uint32_t result;
    char host[256];
};

/* --- names --- */

/* Bytes of an address in network order; 0: host is a name. */
static DWORD parse_address(const char *host, BYTE address[16])
{
    if (inet_pton(AF_INET, host, address) == 1) return 4;
    return inet_pton(AF_INET6, host, address) == 1 ? 16 : 0;
}

/* The system compares names only, so addresses among the alternative names are looked for here. */
static bool has_address(const CERT_CONTEXT *certificate, const char *host)
{
    CERT_EXTENSION *extension;
    CERT_ALT_NAME_INFO *info;
    BYTE address[16];
    bool found = false;
    DWORD size, length = parse_address(host, address), i;

    if (!(extension = CertFindExtension(szOID_SUBJECT_ALT_NAME2, certificate->pCertInfo->cExtension,
                                        certificate->pCertInfo->rgExtension)))
        return false;
    if (!CryptDecodeObjectEx(X509_ASN_ENCODING, X509_ALTERNATE_NAME, extension->Value.pbData, extension->Value.cbData,
                             CRYPT_DECODE_ALLOC_FLAG, NULL, &info, &size))
        return false;
    for (i = 0; i < info->cAltEntry && !found; i++)
    {
        const CERT_ALT_NAME_ENTRY *entry = &info->rgAltEntry[i];

        found = entry->dwAltNameChoice == CERT_ALT_NAME_IP_ADDRESS && entry->IPAddress.cbData == length &&
                !memcmp(entry->IPAddress.pbData, address, length);
    }
    LocalFree(info);
    return found;
}

/* Asks the system about the name alone: 0, CERT_E_CN_NO_MATCH, or why it cannot tell.  An address is never a name (RFC
 * 9110 section 4.3.5), nor does a wildcard cover one. */
static DWORD check_name(const CERT_CHAIN_CONTEXT *chain, const CERT_CONTEXT *certificate, const char *host)
{
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl = {0};
    CERT_CHAIN_POLICY_PARA para = {0};
    CERT_CHAIN_POLICY_STATUS status = {0};
    WCHAR name[256];
    BYTE address[16];

    if (parse_address(host, address)) return has_address(certificate, host) ? 0 : CERT_E_CN_NO_MATCH;
    if (!MultiByteToWideChar(CP_UTF8, 0, host, -1, name, ARRAYSIZE(name))) return CERT_E_CN_NO_MATCH;
    /* A final dot is a matter of resolving only. */
    if (name[0] && name[1] && name[wcslen(name) - 1] == '.') name[wcslen(name) - 1] = 0;
    ssl.cbSize = sizeof(ssl);
    ssl.dwAuthType = AUTHTYPE_SERVER;
    ssl.fdwChecks = SECURITY_FLAG_IGNORE_UNKNOWN_CA | SECURITY_FLAG_IGNORE_CERT_DATE_INVALID |
                    SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE | SECURITY_FLAG_IGNORE_REVOCATION;
    ssl.pwszServerName = name;
    para.cbSize = sizeof(para);
    para.dwFlags = CERT_CHAIN_POLICY_IGNORE_ALL_NOT_TIME_VALID_FLAGS | CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG |
                   CERT_CHAIN_POLICY_IGNORE_WRONG_USAGE_FLAG | CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS;
    para.pvExtraPolicyPara = &ssl;
    status.cbSize = sizeof(status);
    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &para, &status)) return GetLastError();
    return status.dwError;
}

/* --- usage --- */

static bool is_self_signed(const CERT_CONTEXT *certificate)
{
    return CertCompareCertificateName(X509_ASN_ENCODING, &certificate->pCertInfo->Subject,
                                      &certificate->pCertInfo->Issuer);
}

/* Whether the certificate itself says that it is for servers, or says nothing. */
static bool is_for_servers(const CERT_CONTEXT *certificate)
{
    CERT_ENHKEY_USAGE *usage;
    bool good = false;
    DWORD size = 0, i;

    if (!CertGetEnhancedKeyUsage(certificate, 0, NULL, &size)) return true;
    if (!(usage = malloc(size))) return false;
    if (CertGetEnhancedKeyUsage(certificate, 0, usage, &size))
    {
        /* None at all with this code means any. */
        good = !usage->cUsageIdentifier && GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
        for (i = 0; i < usage->cUsageIdentifier; i++)
            if (!strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) ||
                !strcmp(usage->rgpszUsageIdentifier[i], szOID_ANY_ENHANCED_KEY_USAGE))
                good = true;
    }
    free(usage);
    return good;
}

/* The whole chain has to allow it; a root is trusted by itself. */
static bool chain_is_for_servers(const CERT_SIMPLE_CHAIN *chain)
{
    DWORD i;

    for (i = 0; i < chain->cElement; i++)
        if ((!i || !is_self_signed(chain->rgpElement[i]->pCertContext)) &&
            !is_for_servers(chain->rgpElement[i]->pCertContext))
            return false;
    return true;
}

/* --- strength --- */

static bool has_weak_signature(const CERT_CONTEXT *certificate)
{
    static const char *const weak[] = {
        szOID_RSA_MD2RSA,   szOID_RSA_MD4RSA, szOID_RSA_MD5RSA,    szOID_RSA_SHA1RSA,   szOID_OIWSEC_sha1RSASign,
        szOID_X957_SHA1DSA, szOID_ECDSA_SHA1, szOID_OIWSEC_md5RSA, szOID_OIWDIR_md2RSA,
    };
    const char *algorithm = certificate->pCertInfo->SignatureAlgorithm.pszObjId;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(weak); i++)
        if (!strcmp(algorithm, weak[i])) return true;
    return false;
}

static bool has_weak_key(const CERT_CONTEXT *certificate)
{
    CERT_PUBLIC_KEY_INFO *key = &certificate->pCertInfo->SubjectPublicKeyInfo;
    DWORD bits;

    if (strcmp(key->Algorithm.pszObjId, szOID_RSA_RSA)) return false;
    bits = CertGetPublicKeyLength(X509_ASN_ENCODING, key);
    if (bits >= RSA_BITS_MIN) return false;
    WARN("an RSA key of %lu bits\n", bits);
    return true;
}

/* MD5 and SHA-1 do not prove who has signed; nobody needs to believe the signature of a root under itself. */
static bool is_weak(const CERT_SIMPLE_CHAIN *chain)
{
    DWORD i;

    for (i = 0; i < chain->cElement; i++)
    {
        const CERT_CONTEXT *certificate = chain->rgpElement[i]->pCertContext;

        if (has_weak_key(certificate)) return true;
        if (!has_weak_signature(certificate) || is_self_signed(certificate)) continue;
        WARN("a signature with %s\n", certificate->pCertInfo->SignatureAlgorithm.pszObjId);
        return true;
    }
    return false;
}

/* --- revocation --- */

static CRYPT_URL_ARRAY *get_list_urls(const CERT_CONTEXT *certificate)
{
    __typeof__(&CryptGetObjectUrl) get = library_function(L"cryptnet.dll", "CryptGetObjectUrl");
    const char *oid = URL_OID_CERTIFICATE_CRL_DIST_POINT;
    CRYPT_URL_ARRAY *urls;
    DWORD size = 0;

    if (!get || !get(oid, (void *)certificate, CRYPT_GET_URL_FROM_EXTENSION, NULL, &size, NULL, NULL, NULL))
        return NULL;
    if (!(urls = malloc(size))) return NULL;
    if (get(oid, (void *)certificate, CRYPT_GET_URL_FROM_EXTENSION, urls, &size, NULL, NULL, NULL)) return urls;
    free(urls);
    return NULL;
}

/*
 * Whether the issuer's list at that address, as far as it can be had and is the issuer's, has the
 * certificate.
 */
static bool is_listed(const WCHAR *url, const CERT_CONTEXT *certificate, const CERT_CONTEXT *issuer, DWORD timeout)
{
    __typeof__(&CryptRetrieveObjectByUrlW) retrieve = library_function(L"cryptnet.dll", "CryptRetrieveObjectByUrlW");
    CRL_ENTRY *entry = NULL;
    CRL_CONTEXT *crl;
    bool listed;

    if (!retrieve || !retrieve(url, CONTEXT_OID_CRL, 0, timeout, (void **)&crl, NULL, NULL, NULL, NULL)) return false;
    listed = CryptVerifyCertificateSignatureEx(0, X509_ASN_ENCODING, CRYPT_VERIFY_CERT_SIGN_SUBJECT_CRL, crl,
                                               CRYPT_VERIFY_CERT_SIGN_ISSUER_CERT, (void *)issuer, 0, NULL) &&
             CertFindCertificateInCRL(certificate, crl, 0, NULL, &entry) && entry;
    CertFreeCRLContext(crl);
    return listed;
}

/*
 * The system checks revocation when it builds a chain, but Wine 8 remembers a certificate that it found
 * revoked as a good one and says so the next time.  So lists are looked at once more.
 */
static bool is_revoked(const CERT_SIMPLE_CHAIN *chain, DWORD timeout)
{
    bool revoked = false;
    DWORD i, j;

    for (i = 0; !revoked && i + 1 < chain->cElement; i++)
    {
        const CERT_CONTEXT *certificate = chain->rgpElement[i]->pCertContext;
        CRYPT_URL_ARRAY *urls = get_list_urls(certificate);

        for (j = 0; urls && !revoked && j < urls->cUrl; j++)
            revoked = is_listed(urls->rgwszUrl[j], certificate, chain->rgpElement[i + 1]->pCertContext, timeout);
        free(urls);
    }
    return revoked;
}

/* --- the chain --- */

static const CERT_CHAIN_CONTEXT *build_chain(const struct verify_task *work)
{
    const CERT_CHAIN_CONTEXT *chain;
    CERT_CHAIN_PARA para = {0};
    DWORD flags = 0;

    /* No usage is asked for: Wine looks at the server's own certificate only, and does not know "any". */
    para.cbSize = sizeof(para);
    para.dwUrlRetrievalTimeout = work->timeout;
    if (work->flags & HTTP_TLS_CHECK_REVOCATION) flags |= CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT;
    if (!CertGetCertificateChain(NULL, work->certificate, NULL, work->certificate->hCertStore, &para, flags, NULL,
                                 &chain))
    {
        ERR("no chain, error %#lx\n", GetLastError());
        return NULL;
    }
    return chain;
}

static uint32_t judge(const struct verify_task *work, const CERT_CHAIN_CONTEXT *chain)
{
    DWORD status = chain->TrustStatus.dwErrorStatus & ~STATUS_HARMLESS, name = 0;
    uint32_t flags = work->flags;

    if ((flags & HTTP_TLS_CHECK_REVOCATION) && !(status & (CERT_TRUST_IS_REVOKED | STATUS_NO_REVOCATION)) &&
        is_revoked(chain->rgpChain[0], work->timeout))
        status |= CERT_TRUST_IS_REVOKED;
    if (!(flags & HTTP_TLS_IGNORE_USAGE) && !chain_is_for_servers(chain->rgpChain[0])) status |= STATUS_USAGE;
    if (is_weak(chain->rgpChain[0])) status |= STATUS_WEAK;
    if (!(flags & HTTP_TLS_IGNORE_NAME)) name = check_name(chain, work->certificate, work->host);
    if (name && name != (DWORD)CERT_E_CN_NO_MATCH) status |= STATUS_POLICY;
    if (status || name) WARN("%s: status %#lx, name %#lx, flags %#x\n", work->host, status, name, flags);

    if (status & CERT_TRUST_IS_REVOKED) return ERROR_WINHTTP_SECURE_CERT_REVOKED;
    if ((status & STATUS_CA) && !(flags & HTTP_TLS_IGNORE_UNKNOWN_CA)) return ERROR_WINHTTP_SECURE_INVALID_CA;
    if ((status & STATUS_DATE) && !(flags & HTTP_TLS_IGNORE_DATE)) return ERROR_WINHTTP_SECURE_CERT_DATE_INVALID;
    if (name == (DWORD)CERT_E_CN_NO_MATCH) return ERROR_WINHTTP_SECURE_CERT_CN_INVALID;
    if ((status & STATUS_USAGE) && !(flags & HTTP_TLS_IGNORE_USAGE)) return ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE;
    if ((status & STATUS_NO_REVOCATION) && (flags & HTTP_TLS_CHECK_REVOCATION))
        return ERROR_WINHTTP_SECURE_CERT_REV_FAILED;
    if (status & STATUS_WEAK) return ERROR_WINHTTP_SECURE_INVALID_CERT;
    if (status & ~(STATUS_CA | STATUS_DATE | STATUS_USAGE | STATUS_NO_REVOCATION)) return ERROR_WINHTTP_SECURE_FAILURE;
    return 0;
}

static void verify_task_run(struct http_task *task)
{
    struct verify_task *work = CONTAINING_RECORD(task, struct verify_task, task);
    const CERT_CHAIN_CONTEXT *chain;

    work->result = ERROR_WINHTTP_SECURE_FAILURE;
    if (!(chain = build_chain(work))) return;
    work->result = judge(work, chain);
    CertFreeCertificateChain(chain);
}

static void verify_task_destroy(struct http_task *task)
{
    struct verify_task *work = CONTAINING_RECORD(task, struct verify_task, task);

    CertFreeCertificateContext(work->certificate);
    free(work);
}

uint32_t http_certificate_verify(const CERT_CONTEXT *certificate, const char *host, uint32_t flags, uint32_t timeout,
                                 const struct http_cancel *cancel)
{
    struct verify_task *work;
    uint32_t error;

    if (!(work = calloc(1, sizeof(*work)))) return ERROR_NOT_ENOUGH_MEMORY;
    work->task.run = verify_task_run;
    work->task.destroy = verify_task_destroy;
    work->certificate = CertDuplicateCertificateContext(certificate);
    work->flags = flags;
    work->timeout = timeout;
    lstrcpynA(work->host, host, sizeof(work->host));
    if ((error = http_task_run(&work->task, timeout, cancel))) return error;
    error = work->result;
    http_task_release(&work->task);
    return error;
}
