/*
 * Jobs for the servers that servers.sh has started: what their tests share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_REAL_H
#define WINE_BITS_TESTS_REAL_H

#include "servers.h"
#include "support/realservers.h"

#define REAL_FILE_SIZE 3000000

/* In servers_directory(): what they serve is in www, what they store in bits, reply, apache and nginx, squid's logs
 * are NAME.access. */
extern IBackgroundCopyManager *real_manager;

struct real_task
{
    IBackgroundCopyJob *job;
    WCHAR url[256];
    WCHAR local[MAX_PATH];
};

/* A job without a file, and names for one: a path of a server (host NULL = localhost), a local path that no
 * file has. FALSE after a failed test; real_end in any case. */
BOOL real_begin(struct real_task *task, BG_JOB_TYPE type, const char *server, const char *host, const char *path);
/* The file of these names; foreground. What is transient is not tried again. */
void real_add_file(struct real_task *task);
/* Resume and wait for the end, which has to be this: code S_OK = transferred, anything else = an error of the
 * remote file. */
BOOL real_run(struct real_task *task, HRESULT code);
/* Drop the job and delete the local file. */
void real_end(struct real_task *task);

void real_set_credentials(struct real_task *task, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme, const WCHAR *user,
                          const WCHAR *password);
/* proxy: name of a server, NULL = no list of proxies. */
void real_set_proxy(struct real_task *task, BG_JOB_PROXY_USAGE usage, const char *proxy, const WCHAR *bypass);

/* Uploads to these servers, all of the parts; the authority of their certificates is trusted. */
void test_real_uploads(void);

#endif
