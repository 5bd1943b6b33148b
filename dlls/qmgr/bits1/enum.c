/*
 * Lists of BITS 1.0: ids of groups, or of jobs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "bits1.h"
#include "com/enumerator.h"

static HRESULT give(struct com_service *service, const void *item, void *element)
{
    memcpy(element, item, sizeof(GUID));
    return S_OK;
}

static const IEnumBackgroundCopyGroupsVtbl enum_groups_vtbl = {
    COM_ENUM_METHODS(IEnumBackgroundCopyGroups, GUID),
    COM_ENUM_GET_COUNT(IEnumBackgroundCopyGroups),
};

static const IEnumBackgroundCopyJobs1Vtbl enum_jobs_vtbl = {
    COM_ENUM_METHODS(IEnumBackgroundCopyJobs1, GUID),
    COM_ENUM_GET_COUNT(IEnumBackgroundCopyJobs1),
};

static const struct com_enum_type enum_groups = {
    .vtbl = &enum_groups_vtbl,
    .iid = &IID_IEnumBackgroundCopyGroups,
    .item_size = sizeof(GUID),
    .element_size = sizeof(GUID),
    .give = give,
};

static const struct com_enum_type enum_jobs = {
    .vtbl = &enum_jobs_vtbl,
    .iid = &IID_IEnumBackgroundCopyJobs1,
    .item_size = sizeof(GUID),
    .element_size = sizeof(GUID),
    .give = give,
};

static HRESULT create(const struct com_enum_type *type, const GUID *ids, ULONG count, void **out)
{
    GUID *copy = NULL;

    *out = NULL;
    if (count && !(copy = malloc(count * sizeof(*copy)))) return E_OUTOFMEMORY;
    if (count) memcpy(copy, ids, count * sizeof(*copy));
    return com_enum_create(type, NULL, copy, count, out);
}

HRESULT bits1_enum_groups_create(const GUID *ids, ULONG count, IEnumBackgroundCopyGroups **out)
{
    return create(&enum_groups, ids, count, (void **)out);
}

HRESULT bits1_enum_jobs_create(const GUID *ids, ULONG count, IEnumBackgroundCopyJobs1 **out)
{
    return create(&enum_jobs, ids, count, (void **)out);
}
