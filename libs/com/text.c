/*
 * Texts of codes, from the service's own message table, the system's and those of the network libraries.  English texts
 * of the system and of WinHTTP have the words of Windows (B-945).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/debug.h"
#include "base/wording.h"
#include "com/com.h"

DEBUG_CHANNEL(bitscom);

#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* ERROR_WINHTTP_*, and ERROR_INTERNET_* with the same numbers: the message ids are the bare Win32 codes. */
#define FIRST_INTERNET_ERROR 12000
#define LAST_INTERNET_ERROR 12200

/* FormatMessage for exactly this language (0: its own choice). *text for LocalFree. */
static DWORD format(HMODULE module, DWORD id, LANGID language, WCHAR **text)
{
    DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_IGNORE_INSERTS;

    *text = NULL;
    flags |= module ? FORMAT_MESSAGE_FROM_HMODULE : FORMAT_MESSAGE_FROM_SYSTEM;
    if (FormatMessageW(flags, module, id, language, (WCHAR *)text, 0, NULL)) return ERROR_SUCCESS;
    return GetLastError();
}

struct language_search
{
    LANGID wanted;
    LANGID found; /* of the same primary language; 0 = none */
};

static BOOL CALLBACK check_language(HMODULE module, const WCHAR *type, const WCHAR *name, WORD language,
                                    LONG_PTR context)
{
    struct language_search *search = (struct language_search *)context;

    if (PRIMARYLANGID(language) != PRIMARYLANGID(search->wanted)) return TRUE;
    search->found = language;
    return FALSE;
}

/* A language of the module's texts that somebody who reads wanted can read. */
static LANGID find_related_language(HMODULE module, LANGID wanted)
{
    struct language_search search = {.wanted = wanted};

    if (!module) module = GetModuleHandleW(L"kernel32.dll");
    EnumResourceLanguagesW(module, (const WCHAR *)RT_MESSAGETABLE, MAKEINTRESOURCEW(1), check_language,
                           (LONG_PTR)&search);
    return search.found;
}

/* The language that the user's programs run in: each that is started in another one writes it to the registry, so that
 * it is the caller's where this service has been started in another. */
static LANGID language_of_user(void)
{
    WCHAR name[LOCALE_NAME_MAX_LENGTH];
    DWORD size = sizeof(name);

    if (RegGetValueW(HKEY_CURRENT_USER, L"Control Panel\\International", L"LocaleName", RRF_RT_REG_SZ, NULL, name,
                     &size))
        return LANG_NEUTRAL;
    return LANGIDFROMLCID(LocaleNameToLCID(name, 0));
}

/* Whether language is that of the user or the system: whoever asks for it wants the text that there is. */
static BOOL is_own_language(LANGID language)
{
    const LANGID own[] = {
        language_of_user(),       GetUserDefaultLangID(),       GetUserDefaultUILanguage(),
        GetSystemDefaultLangID(), GetSystemDefaultUILanguage(),
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(own); i++)
        if (PRIMARYLANGID(own[i]) == PRIMARYLANGID(language)) return TRUE;
    return FALSE;
}

/* The text of one module: the very language, else a related one.  The neutral language (user's or system's
 * default) leaves the choice to FormatMessage, and takes English where that finds none; so does a language of the
 * user's or the system's that the module has no texts in. */
static DWORD find_text(HMODULE module, DWORD id, LANGID language, WCHAR **text)
{
    BOOL neutral = PRIMARYLANGID(language) == LANG_NEUTRAL;
    DWORD error = format(module, id, neutral ? 0 : language, text);
    LANGID related;
    WCHAR *other;

    if (!error) return ERROR_SUCCESS;
    related = neutral ? ENGLISH : find_related_language(module, language);
    if (!related && is_own_language(language)) related = ENGLISH;
    if (related && !format(module, id, related, text)) return ERROR_SUCCESS;

    /* There is no such text, or only none that the caller can read. */
    if (format(module, id, ENGLISH, &other) && format(module, id, 0, &other)) return ERROR_MR_MID_NOT_FOUND;
    LocalFree(other);
    return ERROR_RESOURCE_LANG_NOT_FOUND;
}

static DWORD find_library_text(const WCHAR *name, DWORD id, LANGID language, WCHAR **text)
{
    HMODULE module = LoadLibraryExW(name, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_AS_DATAFILE);
    DWORD error;

    if (!module)
    {
        WARN("no %s: %lu\n", debug_wstr(name), GetLastError());
        return ERROR_MR_MID_NOT_FOUND;
    }
    error = find_text(module, id, language, text);
    FreeLibrary(module);
    return error;
}

static DWORD find_text_anywhere(const struct com_service *service, HRESULT code, LANGID language, WCHAR **text)
{
    DWORD error = find_text(service->module, code, language, text);
    DWORD win32 = HRESULT_CODE(code);

    if (error != ERROR_MR_MID_NOT_FOUND) return error;
    /* Delivery Optimization has BITS' HTTP statuses and contexts, but not their texts. */
    if ((error = find_library_text(L"qmgr.dll", code, language, text)) != ERROR_MR_MID_NOT_FOUND) return error;
    if ((error = find_text(NULL, code, language, text)) != ERROR_MR_MID_NOT_FOUND) return error;
    if (HRESULT_FACILITY(code) != FACILITY_WIN32 || win32 < FIRST_INTERNET_ERROR || win32 > LAST_INTERNET_ERROR)
        return error;
    if ((error = find_library_text(L"winhttp.dll", win32, language, text)) != ERROR_MR_MID_NOT_FOUND) return error;
    return find_library_text(L"wininet.dll", win32, language, text);
}

/* Whether whoever asks for the language gets English: text, which was found, is the English one, or there is none at
 * all. */
static BOOL is_answered_in_english(const struct com_service *service, HRESULT code, LANGID language, const WCHAR *text)
{
    WCHAR *english;
    BOOL same;

    if (PRIMARYLANGID(language) == LANG_ENGLISH) return TRUE;
    if (!text) return PRIMARYLANGID(language) == LANG_NEUTRAL || is_own_language(language);
    if (find_text_anywhere(service, code, ENGLISH, &english)) return FALSE;
    same = !wcscmp(text, english);
    LocalFree(english);
    return same;
}

/* A wording as a text for clients. */
static HRESULT copy_wording(const WCHAR *wording, WCHAR **text)
{
    size_t size = (wcslen(wording) + 3) * sizeof(WCHAR);

    if (!(*text = CoTaskMemAlloc(size))) return E_OUTOFMEMORY;
    wcscpy(*text, wording);
    wcscat(*text, L"\r\n");
    return S_OK;
}

HRESULT com_text(const struct com_service *service, HRESULT code, DWORD language, WCHAR **text)
{
    const WCHAR *wording = windows_wording(code);
    DWORD error = find_text_anywhere(service, code, LOWORD(language), text);
    WCHAR *found = *text;
    HRESULT hr;

    *text = NULL;
    if (wording && error != ERROR_RESOURCE_LANG_NOT_FOUND &&
        is_answered_in_english(service, code, LOWORD(language), found))
    {
        hr = copy_wording(wording, text);
    }
    else if (error)
    {
        TRACE("no text of %#lx in language %#lx: %lu\n", code, language, error);
        hr = HRESULT_FROM_WIN32(wording ? ERROR_RESOURCE_LANG_NOT_FOUND : error);
    }
    else
    {
        hr = com_copy_string(found, text);
    }
    LocalFree(found);
    return hr;
}
