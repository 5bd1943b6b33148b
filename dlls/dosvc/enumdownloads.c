/*
 * The list of a caller's downloads (D-122 to D-131).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include "com/enumerator.h"
#include "download.h"
#include "service/identity.h"

static HRESULT give(struct com_service *service, const void *item, void *element)
{
    return download_create(service, *(struct job *const *)item, &IID_IUnknown, element);
}

static void addref(const void *item)
{
    job_addref(*(struct job *const *)item);
}

static void release(const void *item)
{
    job_release(*(struct job *const *)item);
}

static const IEnumUnknownVtbl vtbl = {COM_ENUM_METHODS(IEnumUnknown, IUnknown *)};

static const struct com_enum_type type = {
    .vtbl = &vtbl,
    .iid = &IID_IEnumUnknown,
    .item_size = sizeof(struct job *),
    .element_size = sizeof(IUnknown *),
    .give = give,
    .addref = addref,
    .release = release,
};

/* --- categories (D-124) ------------------------------------------------------------------------ */

static BOOL is_category(DODownloadProperty id)
{
    return id == DODownloadProperty_Id || id == DODownloadProperty_Uri || id == DODownloadProperty_ContentId ||
           id == DODownloadProperty_DisplayName || id == DODownloadProperty_LocalPath;
}

/* With braces or without. */
static BOOL is_id(struct job *job, const WCHAR *value)
{
    WCHAR text[39];
    GUID id;

    job_get_id(job, &id);
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    if (*value == '{') return !_wcsicmp(value, text);
    return wcslen(value) == 36 && !_wcsnicmp(value, text + 1, 36);
}

static BOOL matches(struct job *job, const DO_DOWNLOAD_ENUM_CATEGORY *category)
{
    WCHAR *text;
    BOOL equal;

    if (!category) return TRUE;
    if (category->Property == DODownloadProperty_Id) return is_id(job, category->Value);
    if (FAILED(download_get_text(job, category->Property, &text)) || !text) return FALSE;
    equal = category->Property == DODownloadProperty_LocalPath ? !_wcsicmp(text, category->Value)
                                                               : !wcscmp(text, category->Value);
    free(text);
    return equal;
}

HRESULT download_enum_create(struct com_service *service, const DO_DOWNLOAD_ENUM_CATEGORY *category, IEnumUnknown **out)
{
    unsigned int count, kept = 0, i;
    struct caller caller;
    struct job **jobs;
    HRESULT hr;

    if (category && (!is_category(category->Property) || !category->Value)) return E_INVALIDARG;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = com_result(service, queue_list_singles(service->queue, caller.sid, &jobs, &count)); /* D-125 */
    caller_cleanup(&caller);
    if (FAILED(hr)) return hr;
    for (i = 0; i < count; i++)
    {
        if (matches(jobs[i], category)) jobs[kept++] = jobs[i];
        else job_release(jobs[i]);
    }
    if (!kept)
    {
        free(jobs);
        return DO_E_NO_DOWNLOADS; /* D-126 */
    }
    return com_enum_create(&type, service, jobs, kept, (void **)out);
}
