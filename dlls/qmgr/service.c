/*
 * The service BITS.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "com/host.h"
#include "qmgr.h"

static const CLSID *const classes[] = {
    &CLSID_BackgroundCopyManager,     &CLSID_BackgroundCopyManager1_5,  &CLSID_BackgroundCopyManager2_0,
    &CLSID_BackgroundCopyManager2_5,  &CLSID_BackgroundCopyManager3_0,  &CLSID_BackgroundCopyManager4_0,
    &CLSID_BackgroundCopyManager5_0,  &CLSID_BackgroundCopyManager10_0, &CLSID_BackgroundCopyManager10_1,
    &CLSID_BackgroundCopyManager10_2, &CLSID_BackgroundCopyManager10_3, &CLSID_BackgroundCopyQMgr,
};

static const struct queue_profile queue_profile = {
    .temporary_prefix = L"BIT",         /* B-413 */
    .user_agent = "Microsoft BITS/7.8", /* B-423 */
    .default_retry_delay = 600,         /* B-304 */
    .default_no_progress = 1209600,     /* B-305 */
};

static const struct com_host host = {
    .service = L"BITS",
    .classes = classes,
    .class_count = ARRAYSIZE(classes),
    .profile = &bits_profile,
    .queue_profile = &queue_profile,
    .directory = L"\\Microsoft\\Network\\Downloader", /* B-753 */
    .obeys_cost = TRUE,                               /* B-585 */
};

/* svchost calls this by its name. */
void WINAPI ServiceMain(DWORD argc, WCHAR **argv)
{
    com_host_run(&host);
}
