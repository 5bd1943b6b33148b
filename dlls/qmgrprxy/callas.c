/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two sides of every method whose C form and wire form differ ([call_as] in the IDL). */

#include <windows.h>

#include "qmgrprxy.h"

/*
 * GetReplyData and GetFileRanges: the length may be NULL for the wire but is also the size of the array, and
 * the marshaller would read through the null pointer (trap T8). Refused here as a null reference pointer is.
 */

HRESULT CALLBACK IBackgroundCopyJob2_GetReplyData_Proxy(IBackgroundCopyJob2 *This, byte **buffer, UINT64 *length)
{
    if (!length) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    return IBackgroundCopyJob2_RemoteGetReplyData_Proxy(This, buffer, length);
}

HRESULT __RPC_STUB IBackgroundCopyJob2_GetReplyData_Stub(IBackgroundCopyJob2 *This, byte **buffer, UINT64 *length)
{
    return IBackgroundCopyJob2_GetReplyData(This, buffer, length);
}

HRESULT CALLBACK IBackgroundCopyFile2_GetFileRanges_Proxy(IBackgroundCopyFile2 *This, DWORD *count,
                                                          BG_FILE_RANGE **ranges)
{
    if (!count) return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    return IBackgroundCopyFile2_RemoteGetFileRanges_Proxy(This, count, ranges);
}

HRESULT __RPC_STUB IBackgroundCopyFile2_GetFileRanges_Stub(IBackgroundCopyFile2 *This, DWORD *count,
                                                           BG_FILE_RANGE **ranges)
{
    return IBackgroundCopyFile2_GetFileRanges(This, count, ranges);
}

/* File5::GetProperty: Wine 8 would use what the caller left in the [out] union as a buffer. */

HRESULT CALLBACK IBackgroundCopyFile5_GetProperty_Proxy(IBackgroundCopyFile5 *This, BITS_FILE_PROPERTY_ID id,
                                                        BITS_FILE_PROPERTY_VALUE *value)
{
    if (value) value->String.str = NULL;
    return IBackgroundCopyFile5_RemoteGetProperty_Proxy(This, id, value);
}

HRESULT __RPC_STUB IBackgroundCopyFile5_GetProperty_Stub(IBackgroundCopyFile5 *This, BITS_FILE_PROPERTY_ID id,
                                                         BITS_FILE_PROPERTY_VALUE *value)
{
    return IBackgroundCopyFile5_GetProperty(This, id, value);
}

/* Next: an array without elements makes Wine 8's stub fault; nothing to ask for is nothing to send. */

HRESULT CALLBACK IEnumBackgroundCopyJobs_Next_Proxy(IEnumBackgroundCopyJobs *This, ULONG count,
                                                    IBackgroundCopyJob **items, ULONG *fetched)
{
    if (!count && items && fetched)
    {
        *fetched = 0;
        return S_OK;
    }
    return IEnumBackgroundCopyJobs_RemoteNext_Proxy(This, count, items, fetched);
}

HRESULT __RPC_STUB IEnumBackgroundCopyJobs_Next_Stub(IEnumBackgroundCopyJobs *This, ULONG count,
                                                     IBackgroundCopyJob **items, ULONG *fetched)
{
    return IEnumBackgroundCopyJobs_Next(This, count, items, fetched);
}

HRESULT CALLBACK IEnumBackgroundCopyFiles_Next_Proxy(IEnumBackgroundCopyFiles *This, ULONG count,
                                                     IBackgroundCopyFile **items, ULONG *fetched)
{
    if (!count && items && fetched)
    {
        *fetched = 0;
        return S_OK;
    }
    return IEnumBackgroundCopyFiles_RemoteNext_Proxy(This, count, items, fetched);
}

HRESULT __RPC_STUB IEnumBackgroundCopyFiles_Next_Stub(IEnumBackgroundCopyFiles *This, ULONG count,
                                                      IBackgroundCopyFile **items, ULONG *fetched)
{
    return IEnumBackgroundCopyFiles_Next(This, count, items, fetched);
}

/* SetProp: declared like this in the contract, both sides pass through. */

HRESULT CALLBACK IBackgroundCopyGroup_SetProp_Proxy(IBackgroundCopyGroup *This, GROUPPROP property, VARIANT *value)
{
    return IBackgroundCopyGroup_InternalSetProp_Proxy(This, property, value);
}

HRESULT __RPC_STUB IBackgroundCopyGroup_SetProp_Stub(IBackgroundCopyGroup *This, GROUPPROP property, VARIANT *value)
{
    return IBackgroundCopyGroup_SetProp(This, property, value);
}
