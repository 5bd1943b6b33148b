/*
 * What a job of Delivery Optimization has besides BITS' interfaces.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>

#include "base/debug.h"
#include "http/redact.h"
#include "domsg.h"
#include "dosvc.h"

DEBUG_CHANNEL(dosvc);

/* Add a file with an id.  No ranges mean the whole file (D-230). */
static HRESULT add_file(struct com_job *This, struct file_spec *spec, const BG_FILE_RANGE *ranges, DWORD count)
{
    struct file_range *copy;
    HRESULT hr;

    if (FAILED(hr = com_copy_ranges(ranges, count, &copy))) return hr;
    spec->ranges = copy;
    spec->range_count = count;
    hr = com_add_files(This->service, This->job, spec, 1);
    free(copy);
    return hr;
}

/* --- IDeliveryOptimizationJob ------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE do_job_AddFileWithRanges(IDeliveryOptimizationJob *iface, LPCWSTR id, LPCWSTR remote,
                                                          LPCWSTR local, DWORD count, BG_FILE_RANGE *ranges,
                                                          UINT64 size)
{
    struct com_job *This = com_extension_object(iface);
    struct file_spec spec = {.remote = remote, .local = local, .content_id = id, .size = size};

    TRACE("(%p, %s, %s, %s, %lu, %p, %I64u)\n", This, debug_wstr(id), debug_urlw(remote), debug_wstr(local), count,
          ranges, size);
    if (!id || !remote || !local || !*local || (count && !ranges)) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return add_file(This, &spec, ranges, count);
}

/* clang-format off */
const IDeliveryOptimizationJobVtbl do_job_vtbl =
{
    COM_EXTENSION_UNKNOWN(IDeliveryOptimizationJob),
    do_job_AddFileWithRanges,
};
/* clang-format on */

/* --- IDeliveryOptimizationJob2 -------------------------------------------------------------------- */

/* Where the file goes is said later, by IDeliveryOptimizationFile2 (D-233). */
static HRESULT STDMETHODCALLTYPE do_job2_AddFile(IDeliveryOptimizationJob2 *iface, LPCWSTR id, LPCWSTR remote,
                                                 DWORD count, BG_FILE_RANGE *ranges, REFIID iid, void **out)
{
    struct com_job *This = com_extension_object(iface);
    struct file *file = NULL;
    struct file_spec spec = {.remote = remote, .content_id = id, .sink_later = TRUE, .added = &file};
    HRESULT hr;

    TRACE("(%p, %s, %s, %lu, %p, %s, %p)\n", This, debug_wstr(id), debug_urlw(remote), count, ranges, debug_guid(iid),
          out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (!id || (count && !ranges)) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (!com_file_answers(This->service, iid)) return E_NOINTERFACE;
    if (!remote) return DO_E_DOWNLOAD_NO_URI; /* D-234 */
    hr = add_file(This, &spec, ranges, count);
    if (SUCCEEDED(hr)) hr = com_file_create_with_access(This->service, file, This->access, iid, out);
    if (file) file_release(file);
    return hr;
}

/* D-244: the text of the code stands in for a format that nobody has published. */
static HRESULT give_error_information(struct com_job *This, BSTR *text)
{
    struct transfer_failure failure;
    struct file *file = NULL;
    WCHAR *found = NULL;
    HRESULT hr;

    *text = NULL;
    if (job_get_error(This->job, &failure, &file) == TRANSFER_OK)
    {
        hr = com_text(This->service, com_result(This->service, failure.code), LANG_NEUTRAL, &found);
        TRACE("text of the job's error: %#lx\n", hr);
        if (file) file_release(file);
    }
    *text = SysAllocString(found ? found : L"");
    CoTaskMemFree(found);
    return *text ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE do_job2_GetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id,
                                                     VARIANT *value)
{
    struct com_job *This = com_extension_object(iface);
    HRESULT hr;

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_POINTER;
    VariantInit(value);
    if (id != DOJobPropertyId_ExtendedErrorInfo) return DO_E_UNKNOWN_PROPERTY_ID;
    if (SUCCEEDED(hr = give_error_information(This, &V_BSTR(value)))) V_VT(value) = VT_BSTR;
    return hr;
}

static HRESULT STDMETHODCALLTYPE do_job2_SetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id,
                                                     const VARIANT *value)
{
    TRACE("(%p, %d, %p)\n", iface, id, value);
    return id == DOJobPropertyId_ExtendedErrorInfo ? DO_E_READ_ONLY_PROPERTY : DO_E_UNKNOWN_PROPERTY_ID;
}

/* clang-format off */
const IDeliveryOptimizationJob2Vtbl do_job2_vtbl =
{
    COM_EXTENSION_UNKNOWN(IDeliveryOptimizationJob2),
    do_job2_AddFile,
    do_job2_GetProperty,
    do_job2_SetProperty,
};
/* clang-format on */
