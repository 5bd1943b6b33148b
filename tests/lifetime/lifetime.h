/*
 * What the parts of the life time test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_LIFETIME_H
#define WINE_BITS_TESTS_LIFETIME_H

#include "support/server.h"
#include "support/client.h"
#include "wine/test.h"

/* The two services and how their managers are had. */
struct service
{
    const WCHAR *name;
    const char *label;
    const CLSID *class_id;
    BOOL is_do;
};

extern const struct service services[2];

/* AddFile in the way of the service. */
HRESULT service_add_file(const struct service *service, IBackgroundCopyJob *job, const WCHAR *url, const WCHAR *local);
/* A foreground job with one file; NULL after a failed test. */
IBackgroundCopyJob *service_job(const struct service *service, IBackgroundCopyManager *manager, const WCHAR *url,
                                const WCHAR *local, GUID *id);

/* The parts; each is called in a multithreaded apartment. */
void test_classes(void);
void test_blankets(void);
void test_stop(void);
void test_kill(void);

#endif
