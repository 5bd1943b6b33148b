/*
 * Texts of errors: every code in every language that there are texts in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The codes are those of the message tables of the two services' own modules, so that a message that is added
 * cannot be forgotten here.  On Windows a language may not be installed: then the documented code comes.
 */

#include "errors.h"
#include "domsg.h"
#include "wine/test.h"

#define LANGUAGE_MISSING HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND)
#define ENGLISH 0x0409

/* The code points of a script: what no text of another language has. */
struct script
{
    WCHAR first, last;
};

static const struct language
{
    const char *name;
    LANGID id;
    struct script script; /* each text has letters of it; 0 = Latin */
    const WCHAR *status;  /* how a text of an HTTP status begins (B-706, B-709) */
} languages[] = {
    {"English", ENGLISH, {0}, L"HTTP status %u: "},
    {"German", 0x0407, {0}, L"HTTP-Status %u: "},
    {"French", 0x040c, {0}, L"\x00c9tat HTTP %u : "},
    {"Spanish", 0x0c0a, {0}, L"Estado HTTP %u: "},
    {"Russian", 0x0419, {0x0410, 0x044f}, L"\x0421\x043e\x0441\x0442\x043e\x044f\x043d\x0438\x0435 HTTP %u: "},
    {"Chinese", 0x0804, {0x4e00, 0x9fff}, L"HTTP \x72b6\x6001 %u: "},
    {"Japanese", 0x0411, {0x3041, 0x30fe}, L"HTTP \x30b9\x30c6\x30fc\x30bf\x30b9 %u: "},
};

static HRESULT get_text(IBackgroundCopyManager *manager, HRESULT code, DWORD language, WCHAR **text)
{
    *text = (WCHAR *)1;
    return IBackgroundCopyManager_GetErrorDescription(manager, code, language, text);
}

/* --- one text ------------------------------------------------------------------------------ */

static BOOL has_script(const WCHAR *text, const struct script *script)
{
    if (!script->first) return TRUE;
    for (; *text; text++)
    {
        if (*text >= script->first && *text <= script->last) return TRUE;
    }
    return FALSE;
}

/* Which of the inserts %1 to %9 a text has, as bits. */
static unsigned int inserts_of(const WCHAR *text)
{
    unsigned int inserts = 0;

    while ((text = wcschr(text, '%')))
    {
        if (*++text >= '1' && *text <= '9') inserts |= 1u << (*text - '0');
    }
    return inserts;
}

/* B-705: lines end in CR LF, and so does the text, once. */
static void check_lines(const WCHAR *text)
{
    size_t length = wcslen(text), i;

    if (!ok(length > 4 && !wcscmp(text + length - 2, L"\r\n"), "the text ends wrongly: %s", wine_dbgstr_w(text)))
        return;
    ok(text[length - 3] > ' ' && text[0] > ' ', "there is space around the text: %s", wine_dbgstr_w(text));
    for (i = 0; i < length; i++)
    {
        ok(text[i] != '\n' || (i && text[i - 1] == '\r'), "a line ends without CR: %s", wine_dbgstr_w(text));
        ok(text[i] != '\r' || text[i + 1] == '\n', "a line ends without LF: %s", wine_dbgstr_w(text));
        ok(text[i] != 0xfffd, "a character was lost: %s", wine_dbgstr_w(text));
    }
}

static void check_text(const struct language *language, HRESULT code, const WCHAR *text)
{
    WCHAR status[64];

    check_lines(text);
    ok(has_script(text, &language->script), "the text is not %s: %s", language->name, wine_dbgstr_w(text));
    if (HIWORD(code) == 0x8019 && LOWORD(code) < 1000)
    {
        _snwprintf(status, ARRAYSIZE(status), language->status, LOWORD(code)); /* B-706 */
        ok(!wcsncmp(text, status, wcslen(status)) || broken(wcsstr(text, L"HTTP") != NULL),
           "the text begins otherwise: %s", wine_dbgstr_w(text));
    }
}

/* --- one code ------------------------------------------------------------------------------- */

/* A text of that code in each language, all different. */
static void check_code(IBackgroundCopyManager *manager, HRESULT code)
{
    WCHAR *texts[ARRAYSIZE(languages)] = {NULL};
    unsigned int i, j;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(languages); i++)
    {
        winetest_push_context("%#lx in %s", code, languages[i].name);
        hr = get_text(manager, code, languages[i].id, &texts[i]);
        if (ok(hr == S_OK || broken(hr == LANGUAGE_MISSING), "there is no text: %#lx", hr) && hr == S_OK)
            check_text(&languages[i], code, texts[i]);
        else texts[i] = NULL;
        for (j = 0; j < i; j++)
        {
            ok(!texts[i] || !texts[j] || wcscmp(texts[i], texts[j]), "the text is that in %s: %s", languages[j].name,
               wine_dbgstr_w(texts[i]));
        }
        ok(!texts[i] || !texts[0] || inserts_of(texts[i]) == inserts_of(texts[0]), "other inserts: %s",
           wine_dbgstr_w(texts[i]));
        winetest_pop_context();
    }
    for (i = 0; i < ARRAYSIZE(languages); i++) CoTaskMemFree(texts[i]);
}

/* --- the tables ------------------------------------------------------------------------------- */

/* Each code of a module's message table in English. */
static unsigned int check_table(IBackgroundCopyManager *manager, const WCHAR *name)
{
    HMODULE module = LoadLibraryExW(name, NULL, LOAD_LIBRARY_AS_DATAFILE);
    HRSRC found = module ? FindResourceExW(module, (WCHAR *)RT_MESSAGETABLE, MAKEINTRESOURCEW(1), ENGLISH) : NULL;
    const MESSAGE_RESOURCE_DATA *table = found ? LockResource(LoadResource(module, found)) : NULL;
    unsigned int i, count = 0;
    DWORD id;

    if (!ok(table != NULL, "%s has no texts: error %lu", wine_dbgstr_w(name), GetLastError())) return 0;
    for (i = 0; i < table->NumberOfBlocks; i++)
    {
        for (id = table->Blocks[i].LowId; id <= table->Blocks[i].HighId; id++, count++) check_code(manager, id);
    }
    FreeLibrary(module);
    return count;
}

/* B-704, B-707, B-708, B-709, B-710: HTTP statuses and contexts are in the table of BITS. */
void test_tables(void)
{
    IBackgroundCopyManager *manager;
    unsigned int count;

    if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        count = check_table(manager, L"qmgr.dll");
        ok(count > 150, "there are %u texts", count);
        IBackgroundCopyManager_Release(manager);
    }
    if ((manager = client_manager(&CLSID_DeliveryOptimization)))
    {
        count = check_table(manager, L"dosvc.dll");
        ok(count > 70, "there are %u texts", count);
        IBackgroundCopyManager_Release(manager);
    }
}

/* B-705: texts of the system and of the network libraries. */
void test_network_texts(void)
{
    static const DWORD codes[] = {
        ERROR_FILE_NOT_FOUND,
        ERROR_PATH_NOT_FOUND,
        ERROR_ACCESS_DENIED,
        ERROR_SHARING_VIOLATION,
        ERROR_DISK_FULL,
        ERROR_INVALID_PARAMETER,
        12002 /* TIMEOUT */,
        12005 /* INVALID_URL */,
        12006 /* UNRECOGNIZED_SCHEME */,
        12007 /* NAME_NOT_RESOLVED */,
        12029 /* CANNOT_CONNECT */,
        12030 /* CONNECTION_ERROR */,
        12031,
        12037 /* SECURE_CERT_DATE_INVALID */,
        12038 /* SECURE_CERT_CN_INVALID */,
        12044 /* CLIENT_AUTH_CERT_NEEDED */,
        12045 /* SECURE_INVALID_CA */,
        12057 /* SECURE_CERT_REV_FAILED */,
        12152 /* INVALID_SERVER_RESPONSE */,
        12153 /* INVALID_HEADER */,
        12156 /* REDIRECT_FAILED */,
        12157,
        12169 /* SECURE_INVALID_CERT */,
        12170 /* SECURE_CERT_REVOKED */,
        12175 /* SECURE_FAILURE */,
        12179 /* SECURE_CERT_WRONG_USAGE */,
        12185 /* CLIENT_CERT_NO_PRIVATE_KEY */,
        12186 /* CLIENT_CERT_NO_ACCESS_PRIVATE_KEY */,
    };
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    unsigned int i;

    if (!manager) return;
    for (i = 0; i < ARRAYSIZE(codes); i++) check_code(manager, HRESULT_FROM_WIN32(codes[i]));
    IBackgroundCopyManager_Release(manager);
}

/* --- the words of Windows ---------------------------------------------------------------------- */

static const struct
{
    HRESULT code;
    const WCHAR *text;
} wordings[] = {
    {E_INVALIDARG, L"The parameter is incorrect.\r\n"},
    {E_ACCESSDENIED, L"Access is denied.\r\n"},
    {E_OUTOFMEMORY, L"Not enough memory resources are available to complete this operation.\r\n"},
    {E_NOTIMPL, L"Not implemented\r\n"},
    {E_POINTER, L"Invalid pointer\r\n"},
    {(HRESULT)0x80070002, L"The system cannot find the file specified.\r\n"},
    {(HRESULT)0x80070003, L"The system cannot find the path specified.\r\n"},
    {(HRESULT)0x80070070, L"There is not enough space on the disk.\r\n"},
    {(HRESULT)0x80070035, L"The network path was not found.\r\n"},
    {(HRESULT)0x80072ee7, L"The server name or address could not be resolved\r\n"},
    {(HRESULT)0x80072efd, L"A connection with the server could not be established\r\n"},
};

/* B-945: programs and scripts search the texts of the system for the words that they have on Windows. */
static void check_wordings(const CLSID *clsid)
{
    IBackgroundCopyManager *manager = client_manager(clsid);
    unsigned int i;
    WCHAR *text;

    if (!manager) return;
    for (i = 0; i < ARRAYSIZE(wordings); i++)
    {
        winetest_push_context("%#lx", wordings[i].code);
        ok_hr(get_text(manager, wordings[i].code, ENGLISH, &text), S_OK);
        ok_str(text, wordings[i].text);
        CoTaskMemFree(text);
        winetest_pop_context();
    }
    IBackgroundCopyManager_Release(manager);
}

void test_wordings(void)
{
    check_wordings(&CLSID_BackgroundCopyManager);
    check_wordings(&CLSID_DeliveryOptimization);
}

void check_wording(IBackgroundCopyError *error, HRESULT code)
{
    WCHAR *text = NULL;
    unsigned int i;

    ok_hr(IBackgroundCopyError_GetErrorDescription(error, ENGLISH, &text), S_OK);
    for (i = 0; i < ARRAYSIZE(wordings) && wordings[i].code != code; i++) continue;
    if (ok(i < ARRAYSIZE(wordings), "%#lx is not in the list", code)) ok_str(text, wordings[i].text);
    CoTaskMemFree(text);
}

/* --- languages -------------------------------------------------------------------------------- */

static void check_same_text(IBackgroundCopyManager *manager, HRESULT code, DWORD wanted, DWORD expected)
{
    WCHAR *text = NULL, *other = NULL;

    winetest_push_context("%#lx", wanted);
    ok_hr(get_text(manager, code, wanted, &text), S_OK);
    ok_hr(get_text(manager, code, expected, &other), S_OK);
    ok_str(text, other);
    CoTaskMemFree(text);
    CoTaskMemFree(other);
    winetest_pop_context();
}

/* B-704: what a reader of the language asked for can read; high bits of a locale mean nothing. */
void test_related_languages(void)
{
    static const struct
    {
        DWORD wanted, expected;
    } related[] = {
        {0x0809, 0x0409}, {0x0c09, 0x0409}, {0x0009, 0x0409}, {0x0c07, 0x0407},  {0x0807, 0x0407},
        {0x0007, 0x0407}, {0x0c0c, 0x040c}, {0x040a, 0x0c0a}, {0x080a, 0x0c0a},  {0x0819, 0x0419},
        {0x0404, 0x0804}, {0x1004, 0x0804}, {0x0011, 0x0411}, {0x10407, 0x0407}, {0xffff0411, 0x0411},
    };
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    unsigned int i;

    if (!manager) return;
    for (i = 0; i < ARRAYSIZE(related); i++)
        check_same_text(manager, BG_E_HTTP_ERROR_404, related[i].wanted, related[i].expected);
    IBackgroundCopyManager_Release(manager);
}

/* B-704, B-712: there is such a text, but not in that language. */
void test_unknown_languages(void)
{
    static const LANGID unknown[] = {0x0405, 0x0413, 0x0412, 0x0416, 0x0415, 0x041f, 0x03ff};
    static const HRESULT codes[] = {BG_E_NOT_FOUND, BG_E_HTTP_ERROR_404, BG_E_ERROR_CONTEXT_REMOTE_FILE};
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    WCHAR *text;
    unsigned int i, j;
    HRESULT hr;

    if (!manager) return;
    for (i = 0; i < ARRAYSIZE(unknown); i++)
    {
        for (j = 0; j < ARRAYSIZE(codes); j++)
        {
            hr = get_text(manager, codes[j], unknown[i], &text);
            ok(hr == LANGUAGE_MISSING || broken(hr == S_OK), "%#lx in %#x: %#lx", codes[j], unknown[i], hr);
            ok(!text || broken(hr == S_OK), "got a text");
        }
    }
    IBackgroundCopyManager_Release(manager);
}

/* The languages in which Windows is sold. */
static const struct
{
    const WCHAR *name;
    LANGID id;
} common_languages[] = {
    {L"cs-CZ", 0x0405}, {L"da-DK", 0x0406}, {L"de-DE", 0x0407}, {L"el-GR", 0x0408}, {L"en-US", 0x0409},
    {L"es-ES", 0x0c0a}, {L"fi-FI", 0x040b}, {L"fr-FR", 0x040c}, {L"he-IL", 0x040d}, {L"hu-HU", 0x040e},
    {L"it-IT", 0x0410}, {L"ja-JP", 0x0411}, {L"ko-KR", 0x0412}, {L"nl-NL", 0x0413}, {L"nb-NO", 0x0414},
    {L"pl-PL", 0x0415}, {L"pt-BR", 0x0416}, {L"pt-PT", 0x0816}, {L"ru-RU", 0x0419}, {L"sv-SE", 0x041d},
    {L"tr-TR", 0x041f}, {L"uk-UA", 0x0422}, {L"zh-CN", 0x0804}, {L"zh-TW", 0x0404}, {L"ar-SA", 0x0401},
    {L"th-TH", 0x041e},
};

/* What every sample of Microsoft's does with an error: ask for the text in the language of the thread. */
static void check_thread_language(IBackgroundCopyManager *manager)
{
    static const HRESULT codes[] = {BG_E_HTTP_ERROR_404, BG_E_NOT_FOUND, HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED),
                                    HRESULT_FROM_WIN32(12007)};
    LANGID language = LANGIDFROMLCID(GetThreadLocale());
    unsigned int i;
    WCHAR *text;

    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        winetest_push_context("%#lx in %#x", codes[i], language);
        ok_hr(get_text(manager, codes[i], language, &text), S_OK);
        if (ok(text && text != (WCHAR *)1, "got no text"))
        {
            check_lines(text);
            CoTaskMemFree(text);
        }
        winetest_pop_context();
    }
}

/* Under Wine a program that is started in another language writes that to the registry, as this does. */
static void set_language_of_user(const WCHAR *name)
{
    DWORD size = (wcslen(name) + 1) * sizeof(*name);

    ok(!RegSetKeyValueW(HKEY_CURRENT_USER, L"Control Panel\\International", L"LocaleName", REG_SZ, name, size),
       "the language of the user cannot be set");
}

/* B-704, B-711: users of every language get a text, be it in English; of another language they still do not. */
void test_own_languages(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    WCHAR before[LOCALE_NAME_MAX_LENGTH], *text;
    DWORD size = sizeof(before);
    LCID locale = GetThreadLocale();
    unsigned int i;

    if (!manager) return;
    check_thread_language(manager);
    if (!winetest_is_wine())
    {
        skip("the user's languages are those that are installed\n");
        IBackgroundCopyManager_Release(manager);
        return;
    }
    ok(!RegGetValueW(HKEY_CURRENT_USER, L"Control Panel\\International", L"LocaleName", RRF_RT_REG_SZ, NULL, before,
                     &size),
       "the user has no language");
    for (i = 0; i < ARRAYSIZE(common_languages); i++)
    {
        set_language_of_user(common_languages[i].name);
        SetThreadLocale(MAKELCID(common_languages[i].id, SORT_DEFAULT));
        check_thread_language(manager);
        if (common_languages[i].id == 0x0415) continue;
        ok_hr(get_text(manager, BG_E_HTTP_ERROR_404, 0x0415, &text), LANGUAGE_MISSING); /* Polish */
    }
    set_language_of_user(before);
    SetThreadLocale(locale);
    IBackgroundCopyManager_Release(manager);
}

/* --- the error object --------------------------------------------------------------------------- */

static void check_object_text(const struct language *language, HRESULT code, HRESULT hr, WCHAR *text)
{
    winetest_push_context("%s", language->name);
    if (ok(hr == S_OK || broken(hr == LANGUAGE_MISSING), "there is no text: %#lx", hr) && hr == S_OK)
    {
        check_text(language, code, text);
        CoTaskMemFree(text);
    }
    winetest_pop_context();
}

void check_error_texts(IBackgroundCopyError *error, HRESULT code)
{
    WCHAR *text;
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(languages); i++)
    {
        text = NULL;
        hr = IBackgroundCopyError_GetErrorDescription(error, languages[i].id, &text);
        check_object_text(&languages[i], code, hr, text);
        text = NULL;
        hr = IBackgroundCopyError_GetErrorContextDescription(error, languages[i].id, &text);
        check_object_text(&languages[i], S_OK, hr, text);
    }
    text = (WCHAR *)1;
    ok_hr(IBackgroundCopyError_GetErrorDescription(error, 0, &text), E_INVALIDARG);
    hr = IBackgroundCopyError_GetErrorContextDescription(error, 0x0413, &text);
    ok(hr == LANGUAGE_MISSING || broken(hr == S_OK), "Dutch: %#lx", hr);
}
