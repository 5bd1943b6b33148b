/*
 * Fuzzer of tests/support/bitsserver_http.c, what bits-upload-server reads from everybody: requests one after the other
 * over one connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "support/bitsserver_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The other files of the server are not here. */
void transcript_request(const struct request *request, unsigned int packet, unsigned int status) {}

void transcript_file(struct bitsserver *server, const char *name) {}

void path_of(const struct bitsserver *server, const char *name, char *path)
{
    strcpy(path, "/dev/null");
}

struct session *session_find(struct bitsserver *server, const char *id)
{
    return NULL;
}

void session_path(const struct bitsserver *server, const struct session *session, const char *suffix, char *path)
{
    strcpy(path, "/dev/null");
}

bool auth_check(struct request *request, struct answer *answer)
{
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct connection connection = {0};
    bool bad, more = true;
    int sockets[2];

    if (size > 32768 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets)) return 0;
    if (write(sockets[1], data, size) != (ssize_t)size) abort();
    shutdown(sockets[1], SHUT_WR);
    connection.socket = sockets[0];
    while (more)
    {
        struct request request = {.connection = &connection};

        if ((more = http_read_request(&request)))
        {
            if (!request.method || !request.target || strchr(request.target, ' ')) abort();
            /* A body that is announced larger than anything that can come: its length must not have wrapped. */
            if (request.length != request.left) abort();
            more = http_take_body(&request, -1, request.left, &bad);
            if (more && request.left) abort();
        }
        http_free_request(&request);
    }
    free(connection.head);
    close(sockets[0]);
    close(sockets[1]);
    return 0;
}
