/*
 * Which failures are worth another try, and where they happened (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "transfer/conditions/failure.h"

/* Win32 error codes, by number so that this file needs no Windows header. */
enum
{
    NOT_READY = 21,
    SHARING_VIOLATION = 32,
    LOCK_VIOLATION = 33,
    PROTOCOL_UNREACHABLE = 1233, /* HTTP_ERROR_NOT_HTTP of libs/http */
    INTERNET_CERT_DATE = 12037,
    INTERNET_CERT_CN = 12038,
    INTERNET_CLIENT_AUTH_NEEDED = 12044,
    INTERNET_INVALID_CA = 12045,
    INTERNET_REV_FAILED = 12057,
    INTERNET_INVALID_URL = 12005,
    INTERNET_UNRECOGNIZED_SCHEME = 12006,
    INTERNET_REDIRECT_FAILED = 12156,
    INTERNET_SECURE_CHANNEL = 12157,
    INTERNET_INVALID_CERT = 12169,
    INTERNET_CERT_REVOKED = 12170,
    INTERNET_SECURE_FAILURE = 12175,
    INTERNET_CERT_WRONG_USAGE = 12179,
};

/* B-500: by class, with the exceptions of the protocol's documents. */
static bool is_transient_status(unsigned int status)
{
    switch (status / 100)
    {
    /* B-502, B-503; 308 is a redirect like any other */
    case 3: return !((status >= 300 && status <= 305) || status == 307 || status == 308);
    case 4:
        return status == 408 || status == 409; /* B-504 to B-510 */
    /* 500, 502, 503, 504 and what nobody knows: a server that may be back soon. */
    case 5: return status != 501 && status != 505; /* B-511 to B-513 */
    default: return true;                          /* B-514 */
    }
}

struct transfer_failure transfer_failure_of_status(unsigned int status, int file)
{
    struct transfer_failure failure = {
        .code = TRANSFER_HTTP_STATUS(status),
        .where = TRANSFER_WHERE_REMOTE_FILE,
        .transient = is_transient_status(status),
        .file = file,
    };

    return failure;
}

static bool is_fatal_network_error(transfer_code code)
{
    switch (code)
    {
    case TRANSFER_E_MISSING_SIZE: /* B-547 */
    case TRANSFER_E_NO_RANGE_SUPPORT:
    case TRANSFER_E_NO_HTTP_SUPPORT:
    case TRANSFER_E_INVALID_RESPONSE: /* B-546 */
    case TRANSFER_E_INVALID_RANGE:    /* B-457 */
    case TRANSFER_E_NO_RANDOM_ACCESS: /* B-480 */
    case TRANSFER_E_INVALID_PROXY:    /* B-534 */
    case TRANSFER_E_MAXIMUM_SIZE:     /* B-498 */
    case TRANSFER_E_MAXIMUM_TIME:     /* B-544 */
    case TRANSFER_E_REMOTE_FILE_CHANGED:
    case INTERNET_INVALID_URL:
    case INTERNET_UNRECOGNIZED_SCHEME:
    case INTERNET_REDIRECT_FAILED:
    case INTERNET_CERT_DATE: /* B-535, B-536, B-537 */
    case INTERNET_CERT_CN:
    case INTERNET_CLIENT_AUTH_NEEDED:
    case INTERNET_INVALID_CA:
    case INTERNET_REV_FAILED:
    case INTERNET_SECURE_CHANNEL:
    case INTERNET_INVALID_CERT:
    case INTERNET_CERT_REVOKED:
    case INTERNET_SECURE_FAILURE:
    case INTERNET_CERT_WRONG_USAGE: return true;
    default: return false;
    }
}

struct transfer_failure transfer_failure_of_network(transfer_code code, int file)
{
    struct transfer_failure failure = {.where = TRANSFER_WHERE_REMOTE_FILE, .file = file};

    if (code == PROTOCOL_UNREACHABLE) code = TRANSFER_E_NO_HTTP_SUPPORT; /* B-435 */
    failure.code = code;
    failure.transient = !is_fatal_network_error(code);
    if (TRANSFER_IS_HRESULT(code) || code == TRANSFER_E_NO_CERTIFICATE_CHECK)
        failure.where = TRANSFER_WHERE_CERTIFICATE_CALLBACK;                           /* B-540, B-541 */
    if (code == TRANSFER_E_NETWORK_DISCONNECTED) failure.where = TRANSFER_WHERE_QUEUE; /* B-522 */
    return failure;
}

struct transfer_failure transfer_failure_of_file(uint32_t win32_error, int file)
{
    struct transfer_failure failure = {
        .code = win32_error,
        .where = TRANSFER_WHERE_LOCAL_FILE,
        .file = file,
    };

    /* Somebody else holds the file or the volume for a while (B-525, B-529). */
    failure.transient = win32_error == SHARING_VIOLATION || win32_error == LOCK_VIOLATION || win32_error == NOT_READY;
    return failure;
}
