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
static HRESULT add_file(struct face_job *This, struct file_spec *spec, const BG_FILE_RANGE *ranges, DWORD count)
{
    struct file_range *copy;
    HRESULT hr;

    if (FAILED(hr = face_copy_ranges(ranges, count, &copy))) return hr;
    spec->ranges = copy;
    spec->range_count = count;
    hr = face_add_files(This->face, This->job, spec, 1);
    free(copy);
    return hr;
}

/* --- IDeliveryOptimizationJob ------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE do_job_AddFileWithRanges(IDeliveryOptimizationJob *iface, LPCWSTR id, LPCWSTR remote,
                                                          LPCWSTR local, DWORD count, BG_FILE_RANGE *ranges,
                                                          UINT64 size)
{
    struct face_job *This = face_extension_object(iface);
    struct file_spec spec = {.remote = remote, .local = local, .content_id = id, .size = size};

    TRACE("(%p, %s, %s, %s, %lu, %p, %I64u)\n", This, debug_wstr(id), debug_urlw(remote), debug_wstr(local), count,
          ranges, size);
    if (!id || !remote || !local || !*local || (count && !ranges)) return E_INVALIDARG;
    if (This->access < FACE_ACCESS_MODIFY) return E_ACCESSDENIED;
    return add_file(This, &spec, ranges, count);
}

/* clang-format off */
const IDeliveryOptimizationJobVtbl do_job_vtbl =
{
    FACE_EXTENSION_UNKNOWN(IDeliveryOptimizationJob),
    do_job_AddFileWithRanges,
};
/* clang-format on */

/* --- IDeliveryOptimizationJob2 -------------------------------------------------------------------- */

/* Where the file goes is said later, by IDeliveryOptimizationFile2 (D-233). */
static HRESULT STDMETHODCALLTYPE do_job2_AddFile(IDeliveryOptimizationJob2 *iface, LPCWSTR id, LPCWSTR remote,
                                                 DWORD count, BG_FILE_RANGE *ranges, REFIID iid, void **out)
{
    struct face_job *This = face_extension_object(iface);
    struct file *file = NULL;
    struct file_spec spec = {.remote = remote, .content_id = id, .sink_later = TRUE, .added = &file};
    HRESULT hr;

    TRACE("(%p, %s, %s, %lu, %p, %s, %p)\n", This, debug_wstr(id), debug_urlw(remote), count, ranges, debug_guid(iid),
          out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (!id || (count && !ranges)) return E_INVALIDARG;
    if (This->access < FACE_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (!face_file_answers(This->face, iid)) return E_NOINTERFACE;
    if (!remote) return DO_E_DOWNLOAD_NO_URI; /* D-234 */
    hr = add_file(This, &spec, ranges, count);
    if (SUCCEEDED(hr)) hr = face_file_create_with_access(This->face, file, This->access, iid, out);
    if (file) file_release(file);
    return hr;
}

/* D-244: the text of the code stands in for a format that nobody has published. */
static HRESULT give_error_information(struct face_job *This, BSTR *text)
{
    struct transfer_failure failure;
    struct file *file = NULL;
    WCHAR *found = NULL;
    HRESULT hr;

    *text = NULL;
    if (job_get_error(This->job, &failure, &file) == TRANSFER_OK)
    {
        hr = face_text(This->face, face_result(This->face, failure.code), LANG_NEUTRAL, &found);
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
    struct face_job *This = face_extension_object(iface);
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
    FACE_EXTENSION_UNKNOWN(IDeliveryOptimizationJob2),
    do_job2_AddFile,
    do_job2_GetProperty,
    do_job2_SetProperty,
};
/* clang-format on */
