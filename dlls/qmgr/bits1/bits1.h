/*
 * The interfaces of BITS 1.0, implemented on top of today's jobs: a group is a job, and has one job of its own.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frozen: no program in use today is known to call them.  They are kept working, and get no new features.
 */

#ifndef WINE_BITS_QMGR_BITS1_H
#define WINE_BITS_QMGR_BITS1_H

#include "../qmgr.h"

/* The ids that clients of BITS 1.0 choose; stored with the job as they are here. */
struct bits1_ids
{
    GUID group;
    GUID job; /* GUID_NULL: the group has no job yet */
};

/* S_FALSE: the job is not a group. */
HRESULT bits1_get_ids(const struct com_service *service, struct job *job, struct bits1_ids *ids);
HRESULT bits1_set_ids(const struct com_service *service, struct job *job, const struct bits1_ids *ids);

/* A result of the library in the numbers of BITS 1.0. */
HRESULT bits1_result(const struct com_service *service, transfer_code code);

/* IBackgroundCopyGroup::GetProgress and IBackgroundCopyJob1::GetProgress. */
HRESULT bits1_get_progress(struct job *job, DWORD what, DWORD *progress);

/* A number of 64 bits for clients that know 32; unknown sizes are 0. */
DWORD bits1_size(uint64_t size);

/* What went wrong: one of the two is the code, the other 0. */
void bits1_get_results(const struct com_service *service, const struct transfer_failure *failure, DWORD *win32,
                       DWORD *transport);

HRESULT bits1_group_create(struct com_service *service, struct job *job, enum com_access access,
                           IBackgroundCopyGroup **out);
HRESULT bits1_job_create(struct com_service *service, struct job *job, enum com_access access,
                         IBackgroundCopyJob1 **out);

/* Enumerators of ids, which they copy. */
HRESULT bits1_enum_groups_create(const GUID *ids, ULONG count, IEnumBackgroundCopyGroups **out);
HRESULT bits1_enum_jobs_create(const GUID *ids, ULONG count, IEnumBackgroundCopyJobs1 **out);

#endif
