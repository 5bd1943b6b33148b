/*
 * What codes mean, in words.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The texts come from BITS, which has the system's too, in the user's language; where BITS cannot be asked, from the
 * same list of wordings, and from the system.
 */

#include <stdlib.h>
#include <wchar.h>

#include "base/wording.h"
#include "message.h"
#include "output.h"

static bool is_space(WCHAR c)
{
    return c == '\r' || c == '\n' || c == ' ';
}

/* The text without blanks and line ends around it, for free(); NULL if nothing is left. */
static WCHAR *trimmed_copy(const WCHAR *text)
{
    size_t length;
    WCHAR *copy;

    while (is_space(*text)) text++;
    length = wcslen(text);
    while (length && is_space(text[length - 1])) length--;
    if (!length) return NULL;
    copy = allocate((length + 1) * sizeof(*copy));
    wmemcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

WCHAR *message_of_code(IBackgroundCopyManager *manager, HRESULT hr)
{
    DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    DWORD language = LANGIDFROMLCID(GetThreadLocale());
    const WCHAR *wording = windows_wording(hr);
    WCHAR *text = NULL, *copy = NULL;

    if (manager) IBackgroundCopyManager_GetErrorDescription(manager, hr, language, &text);
    if (text)
    {
        copy = trimmed_copy(text);
        CoTaskMemFree(text);
        if (copy) return copy;
    }
    if (wording && PRIMARYLANGID(language) == LANG_ENGLISH) return trimmed_copy(wording);
    if (!FormatMessageW(flags, NULL, hr, 0, (WCHAR *)&text, 0, NULL)) return NULL;
    copy = trimmed_copy(text);
    LocalFree(text);
    return copy;
}
