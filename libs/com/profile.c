/*
 * From the library's results to the numbers of a service.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/debug.h"
#include "com/profile.h"

DEBUG_CHANNEL(bitscom);

#define HTTP_FACILITY_ERROR 0x80190000u

static BOOL find_code(const struct com_code *codes, transfer_code code, HRESULT *result)
{
    for (; codes->code; codes++)
    {
        if (codes->code == code)
        {
            *result = codes->result;
            return TRUE;
        }
    }
    return FALSE;
}

HRESULT com_profile_result(const struct com_profile *profile, transfer_code code)
{
    HRESULT result;

    if (code == TRANSFER_OK) return S_OK;
    if (find_code(profile->codes, code, &result)) return result;
    if (TRANSFER_IS_HRESULT(code)) return (HRESULT)code;
    if (TRANSFER_IS_HTTP_STATUS(code)) return (HRESULT)(HTTP_FACILITY_ERROR | (code - TRANSFER_HTTP_STATUS_BASE));
    if (code < TRANSFER_E_NOT_FOUND) return HRESULT_FROM_WIN32(code);
    ERR("no translation of %#x\n", code);
    return E_FAIL;
}
