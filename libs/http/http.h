/*
 * An HTTP/1.1 client: what the rest of the project sees of libs/http.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One http_client per service holds the kept connections.  One http_exchange per transfer carries one request
 * after the other on the thread that owns it; any other thread may cancel it, which ends whatever it waits for
 * at once.  Nothing here knows of jobs.
 *
 * Results are Win32 error codes: 0 for success, ERROR_WINHTTP_* (12xxx) for what went wrong on the way, since
 * these are the codes Windows reports for it.  ERROR_OPERATION_ABORTED means cancelled.  A received answer is a
 * success whatever its status.
 */

#ifndef WINE_BITS_HTTP_HTTP_H
#define WINE_BITS_HTTP_HTTP_H

#include <stdint.h>
#include <windows.h>
#include <wincrypt.h>

#include "http/cookies.h"
#include "http/origin.h"

/* The answer does not begin as one of HTTP/1.x does (B-435).  WinHTTP has no code of its own for it. */
#define HTTP_ERROR_NOT_HTTP ERROR_PROTOCOL_UNREACHABLE

struct http_client;
struct http_exchange;

enum http_proxy_mode
{
    HTTP_PROXY_PRECONFIG, /* the user's Internet settings */
    HTTP_PROXY_NONE,
    HTTP_PROXY_LIST,       /* proxy_list, proxy_bypass */
    HTTP_PROXY_AUTODETECT, /* WPAD */
};

enum http_auth_target
{
    HTTP_AUTH_SERVER,
    HTTP_AUTH_PROXY,
    HTTP_AUTH_TARGET_COUNT
};
enum http_auth_scheme
{
    HTTP_AUTH_BASIC,
    HTTP_AUTH_DIGEST,
    HTTP_AUTH_NTLM,
    HTTP_AUTH_NEGOTIATE,
    HTTP_AUTH_SCHEME_COUNT
};

/* user == NULL: the identity of the process (NTLM, Negotiate). */
struct http_credentials
{
    BOOL set;
    const WCHAR *user;
    const WCHAR *password;
};

enum http_redirect_policy
{
    HTTP_REDIRECT_FOLLOW,
    HTTP_REDIRECT_REFUSE
};

#define HTTP_TLS_IGNORE_UNKNOWN_CA 0x1
#define HTTP_TLS_IGNORE_NAME 0x2
#define HTTP_TLS_IGNORE_DATE 0x4
#define HTTP_TLS_IGNORE_USAGE 0x8
#define HTTP_TLS_CHECK_REVOCATION 0x10

/* Decide about a server's certificate after the system accepted it (B-578).  Returns 0 to go on, or any value,
 * which the exchange then fails with (an HRESULT of the program, passed through untouched). */
typedef uint32_t (*http_certificate_check)(void *context, const char *host, uint16_t port,
                                           const CERT_CONTEXT *certificate);

/* How an exchange behaves.  Everything pointed to belongs to the caller and lives as long as the exchange. */
struct http_options
{
    const char *user_agent;
    uint32_t connect_timeout; /* ms, 0 = none; also for the TLS handshake */
    uint32_t send_timeout;    /* ms without a byte taken */
    uint32_t receive_timeout; /* ms without a byte received */
    enum http_redirect_policy redirects;
    BOOL allow_https_to_http; /* B-561 */
    enum http_proxy_mode proxy_mode;
    const WCHAR *proxy_list; /* B-567 */
    const WCHAR *proxy_bypass;
    struct http_credentials credentials[HTTP_AUTH_TARGET_COUNT][HTTP_AUTH_SCHEME_COUNT];
    uint32_t tls_flags;
    const CERT_CONTEXT *client_certificate;
    http_certificate_check certificate_check;
    void *certificate_check_context;
    const char *custom_headers;      /* "Name: value\r\n" lines, sent with every request */
    const char *challenge_headers;   /* the same, sent only once the server has asked for authentication (D-066) */
    struct http_cookie_jar *cookies; /* that other exchanges of the same thread use too; NULL: the exchange's own */
};

/* Where the body of a request comes from: give up to size bytes at offset; *got = 0 before the end fails the request.
 * May be called again from a lower offset when the request must be repeated (authentication, stale connection). */
typedef uint32_t (*http_body_source)(void *context, uint64_t offset, void *buffer, size_t size, size_t *got);

struct http_request
{
    const char *method;
    const char *url; /* absolute; non-ASCII characters as UTF-8 */
    /* The URL that the options' secrets are meant for, when another one than the program named the one that is asked;
     * NULL: that one.  origin.h says what goes along. */
    const char *home;
    enum http_named_by named_by;
    const char *headers;        /* further "Name: value\r\n" lines, NULL = none */
    const char *headers_behind; /* the same, behind User-Agent */
    http_body_source body;      /* NULL: no body and no Content-Length, unless send_length is set */
    void *body_context;
    uint64_t body_length;
    BOOL send_length; /* send Content-Length even when body_length is 0, and no Accept-Encoding */
    /* Called when the request is on its way, each time that it is sent: for work that can be done meanwhile.
     * NULL: none. */
    void (*sent)(void *context);
    void *sent_context;
};

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/* The answer.  Valid until the next http_exchange_send or the end of the exchange. */
struct http_response
{
    unsigned int status;
    unsigned int version;       /* 10 or 11 */
    uint64_t content_length;    /* of this body, HTTP_LENGTH_UNKNOWN where the server does not say */
    const char *url;            /* where the answer came from, after redirects */
    const char *raw_headers;    /* "HTTP/1.1 200 OK\r\nName: value\r\n...\r\n" as received, normalised line
                                           ends */
    const char *server_address; /* "127.0.0.1" of the peer (the proxy's where there is one) */
    BOOL redirected;
};

/* The kept connections.  NULL: no memory. */
struct http_client *http_client_create(void);
void http_client_destroy(struct http_client *client);

/* Close connections that nobody uses now (settings changed, service stops). */
void http_client_close_idle(struct http_client *client);

/* NULL: no memory. */
struct http_exchange *http_exchange_create(struct http_client *client, const struct http_options *options);
void http_exchange_destroy(struct http_exchange *exchange);

/* End what the exchange does, now and in future calls, from any thread.  Does not block. */
void http_exchange_cancel(struct http_exchange *exchange);

/* Send a request and receive the head of the answer: connects or takes a kept connection, repeats on a stale
 * one, follows redirects and answers challenges.  A body of the previous answer that was not read to its end
 * closes its connection. */
uint32_t http_exchange_send(struct http_exchange *exchange, const struct http_request *request,
                            const struct http_response **response);

/* The next bytes of the body, straight into buffer: up to size, at least one; *got = 0 at its proper end.
 * ERROR_WINHTTP_CONNECTION_ERROR when the peer ended it too early, ERROR_WINHTTP_INVALID_SERVER_RESPONSE for broken
 * framing, ERROR_WINHTTP_TIMEOUT.  Large buffers are what makes this fast. */
uint32_t http_exchange_read(struct http_exchange *exchange, void *buffer, size_t size, size_t *got);

/* The rest of the body is not wanted: its connection is closed, so that the server sends no more of it.  Harmless after
 * a body that was read to its end. */
void http_exchange_abandon(struct http_exchange *exchange);

/*
 * The address of the machine at the other end, "127.0.0.1", of the connection that there is or of the last answer; ""
 * when neither is.  *proxied: it is a proxy's.
 */
const char *http_exchange_peer(const struct http_exchange *exchange, BOOL *proxied);

/* The value of the index-th field of that name in the last answer, or NULL. */
const char *http_exchange_header(struct http_exchange *exchange, const char *name, unsigned int index);

#endif
