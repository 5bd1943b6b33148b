/*
 * The switches that show and set properties, by the table in property.h.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "property.h"

#include <stdlib.h>
#include <wchar.h>

#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

static const struct word registered_words[] = {{"UNREGISTERED", 0}, {"REGISTERED", 1}, {NULL}};

/* --- getting and setting ---------------------------------------------------------------------- */

/* A text of COM as one for free(). */
static WCHAR *take_text(WCHAR *text)
{
    WCHAR *copy = NULL;
    size_t size;

    if (text)
    {
        size = (wcslen(text) + 1) * sizeof(*text);
        copy = memcpy(allocate(size), text, size);
        CoTaskMemFree(text);
    }
    return copy;
}

static HRESULT get_owner(void *iface, struct value *value)
{
    WCHAR *sid = NULL;
    HRESULT hr = IBackgroundCopyJob_GetOwner((IBackgroundCopyJob *)iface, &sid);

    if (SUCCEEDED(hr)) value->text = format_owner(sid);
    CoTaskMemFree(sid);
    return hr;
}

static HRESULT get_progress(void *iface, BG_JOB_PROGRESS *progress)
{
    memset(progress, 0, sizeof(*progress));
    return IBackgroundCopyJob_GetProgress((IBackgroundCopyJob *)iface, progress);
}

static HRESULT get_times(void *iface, BG_JOB_TIMES *times)
{
    memset(times, 0, sizeof(*times));
    return IBackgroundCopyJob_GetTimes((IBackgroundCopyJob *)iface, times);
}

static UINT64 time_number(const FILETIME *time)
{
    return (UINT64)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

#define PART(name, struct_type, get_all, part) \
    static HRESULT get_##name(void *iface, struct value *value) \
    { \
        struct_type all; \
        HRESULT hr = get_all(iface, &all); \
\
        value->number = part; \
        return hr; \
    }

PART(bytes_total, BG_JOB_PROGRESS, get_progress, all.BytesTotal)
PART(bytes_transferred, BG_JOB_PROGRESS, get_progress, all.BytesTransferred)
PART(files_total, BG_JOB_PROGRESS, get_progress, all.FilesTotal)
PART(files_transferred, BG_JOB_PROGRESS, get_progress, all.FilesTransferred)
PART(creation_time, BG_JOB_TIMES, get_times, time_number(&all.CreationTime))
PART(modification_time, BG_JOB_TIMES, get_times, time_number(&all.ModificationTime))
PART(completion_time, BG_JOB_TIMES, get_times, time_number(&all.TransferCompletionTime))

static HRESULT get_notify_interface(void *iface, struct value *value)
{
    IUnknown *sink = NULL;
    HRESULT hr = IBackgroundCopyJob_GetNotifyInterface((IBackgroundCopyJob *)iface, &sink);

    value->number = SUCCEEDED(hr) && sink;
    if (value->number) IUnknown_Release(sink);
    return hr;
}

static HRESULT get_notify_cmd_line(void *iface, struct value *value)
{
    WCHAR *program = NULL, *parameters = NULL;
    HRESULT hr = IBackgroundCopyJob2_GetNotifyCmdLine((IBackgroundCopyJob2 *)iface, &program, &parameters);

    value->text = format_command(program, parameters);
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    return hr;
}

/* list and bypass may be NULL; what they get is for free(). */
static HRESULT get_proxy(void *iface, BG_JOB_PROXY_USAGE *usage, WCHAR **list, WCHAR **bypass)
{
    WCHAR *all = NULL, *none = NULL;
    HRESULT hr = IBackgroundCopyJob_GetProxySettings((IBackgroundCopyJob *)iface, usage, &all, &none);

    all = take_text(all);
    none = take_text(none);
    if (list) *list = all;
    else free(all);
    if (bypass) *bypass = none;
    else free(none);
    return hr;
}

static HRESULT get_proxy_usage(void *iface, struct value *value)
{
    BG_JOB_PROXY_USAGE usage = 0;
    HRESULT hr = get_proxy(iface, &usage, NULL, NULL);

    value->number = usage;
    return hr;
}

static HRESULT get_proxy_list(void *iface, struct value *value)
{
    BG_JOB_PROXY_USAGE usage;

    return get_proxy(iface, &usage, &value->text, NULL);
}

static HRESULT get_proxy_bypass_list(void *iface, struct value *value)
{
    BG_JOB_PROXY_USAGE usage;

    return get_proxy(iface, &usage, NULL, &value->text);
}

/* One header per line, the last without a line end. The output makes CR LF of LF. */
static HRESULT get_custom_headers(void *iface, struct value *value)
{
    WCHAR *headers = NULL, *from, *to;
    HRESULT hr = IBackgroundCopyJobHttpOptions_GetCustomHeaders((IBackgroundCopyJobHttpOptions *)iface, &headers);

    if (FAILED(hr) || !(value->text = take_text(headers))) return hr;
    for (from = to = value->text; *from; from++)
    {
        if (*from != '\r') *to++ = *from;
    }
    while (to > value->text && to[-1] == '\n') to--;
    *to = 0;
    return hr;
}

static HRESULT get_reply_progress(void *iface, struct value *value)
{
    WCHAR done[SIZE_TEXT_SIZE], total[SIZE_TEXT_SIZE];
    BG_JOB_REPLY_PROGRESS progress = {BG_SIZE_UNKNOWN, 0};
    HRESULT hr = IBackgroundCopyJob2_GetReplyProgress((IBackgroundCopyJob2 *)iface, &progress);

    value->text = join_format(L"%ls / %ls", format_size(progress.BytesTransferred, done),
                              format_size(progress.BytesTotal, total));
    return hr;
}

/* --- the table -------------------------------------------------------------------------------- */

#define RO(name, owner, iface_type, type, method, ...) \
    static HRESULT get_##name(void *iface, struct value *value) \
    { \
        type number = 0; \
        HRESULT hr = iface_type##_Get##method((iface_type *)iface, &number); \
\
        value->number = number; \
        return hr; \
    }
#define RW(name, owner, iface_type, type, method, ...) \
    RO(name, owner, iface_type, type, method) \
    static HRESULT set_##name(void *iface, const struct value *value) \
    { \
        return iface_type##_Set##method((iface_type *)iface, (type)value->number); \
    }
#define RO_TEXT(name, owner, iface_type, method, ...) \
    static HRESULT get_##name(void *iface, struct value *value) \
    { \
        WCHAR *text = NULL; \
        HRESULT hr = iface_type##_Get##method((iface_type *)iface, &text); \
\
        value->text = take_text(text); \
        return hr; \
    }
#define RW_TEXT(name, owner, iface_type, method, ...) \
    RO_TEXT(name, owner, iface_type, method) \
    static HRESULT set_##name(void *iface, const struct value *value) \
    { \
        return iface_type##_Set##method((iface_type *)iface, value->text); \
    }
#define CUSTOM(...)
PROPERTY_LIST
#undef RO
#undef RW
#undef RO_TEXT
#undef RW_TEXT
#undef CUSTOM

#define AS_NUMBER SHOWN_AS_NUMBER, NULL, NULL
#define AS_HEX SHOWN_AS_HEX, NULL, NULL
#define AS_SIZE SHOWN_AS_SIZE, NULL, NULL
#define AS_TIME SHOWN_AS_TIME, NULL, NULL
#define AS_WORD(words) SHOWN_AS_WORD, words, NULL
#define AS_ACL_LETTERS SHOWN_AS_ACL_LETTERS, NULL, NULL
#define AS_PEERCACHING SHOWN_AS_PEERCACHING, NULL, NULL
#define AS_TEXT(none) SHOWN_AS_TEXT, NULL, none

#define ROW(name, owner, iface_type, get, set, ...) \
    [PROPERTY_##name] = {OF_##owner, &IID_##iface_type, get, set, __VA_ARGS__},
#define RO(name, owner, iface_type, type, method, ...) ROW(name, owner, iface_type, get_##name, NULL, __VA_ARGS__)
#define RW(name, owner, iface_type, type, method, ...) ROW(name, owner, iface_type, get_##name, set_##name, __VA_ARGS__)
#define RO_TEXT(name, owner, iface_type, method, ...) ROW(name, owner, iface_type, get_##name, NULL, __VA_ARGS__)
#define RW_TEXT(name, owner, iface_type, method, ...) ROW(name, owner, iface_type, get_##name, set_##name, __VA_ARGS__)
#define CUSTOM(name, owner, iface_type, get, ...) ROW(name, owner, iface_type, get, NULL, __VA_ARGS__)

const struct property properties[PROPERTY_COUNT] = {PROPERTY_LIST};

/* --- the switches ----------------------------------------------------------------------------- */

/* A value as messages and listings have it, for free(). */
static WCHAR *describe(const struct property *property, const struct value *value)
{
    FILETIME time = {(DWORD)value->number, (DWORD)(value->number >> 32)};
    WCHAR size_text[SIZE_TEXT_SIZE], time_text[TIME_TEXT_SIZE];
    char letters[ACL_LETTERS_SIZE];

    switch (property->appearance)
    {
    case SHOWN_AS_HEX: return join_format(L"0x%04I64x", value->number);
    case SHOWN_AS_SIZE: return join_format(L"%ls", format_size(value->number, size_text));
    case SHOWN_AS_TIME: return join_format(L"%ls", format_time(&time, time_text));
    case SHOWN_AS_WORD: return join_format(L"%hs", word_text(property->words, (uint32_t)value->number));
    case SHOWN_AS_ACL_LETTERS:
        format_acl_letters((uint32_t)value->number, letters);
        return join_format(L"%hs", letters);
    case SHOWN_AS_TEXT: return join_format(L"%ls", value->text ? value->text : property->none);
    default: return join_format(L"%I64u", value->number);
    }
}

/* The interface that has the property, for release. */
static HRESULT open_owner(struct session *session, const struct property *property, IUnknown **iface)
{
    IBackgroundCopyFile *file;
    HRESULT hr;

    switch (property->owner)
    {
    case OF_FILE:
        if (FAILED(hr = get_file(session, session->call->args[1].number, &file))) return hr;
        hr = IBackgroundCopyFile_QueryInterface(file, property->iid, (void **)iface);
        IBackgroundCopyFile_Release(file);
        return hr;
    case OF_PEER_CACHE: return IBackgroundCopyManager_QueryInterface(session->manager, property->iid, (void **)iface);
    default: return query_job(session, property->iid, iface);
    }
}

COMMAND(cmd_get_property)
{
    const struct property *property = call->def->property;
    struct value value = {0};
    WCHAR *text, what[64];
    IUnknown *iface;
    int result;
    HRESULT hr;

    if (!session_open(session)) return RESULT_FAILED;
    if (SUCCEEDED(hr = open_owner(session, property, &iface)))
    {
        hr = property->get(iface, &value);
        IUnknown_Release(iface);
    }
    swprintf(what, ARRAYSIZE(what), L"get %ls", property->what);
    if (SUCCEEDED(hr) && property->appearance == SHOWN_AS_PEERCACHING && !call->raw)
    {
        show_peercaching_flags((DWORD)value.number);
        return RESULT_DONE;
    }
    text = describe(property, &value);
    result = give(session, what, hr, L"%ls", text);
    free(text);
    free(value.text);
    return result;
}

/* The confirmation begins with the property's name: its first letter is a capital one. */
static int confirm_set(struct session *session, const struct property *property, HRESULT hr, const struct value *value)
{
    const WCHAR *quote = property->appearance == SHOWN_AS_TEXT ? L"'" : L"";
    WCHAR what[64], *text = describe(property, value);
    int result;

    swprintf(what, ARRAYSIZE(what), L"set %ls", property->what);
    result = confirm(session, what, hr, L"%lc%ls set to %ls%ls%ls.", towupper(property->what[0]), property->what + 1,
                     quote, text, quote);
    free(text);
    return result;
}

COMMAND(cmd_set_property)
{
    static const unsigned int places[] = {[OF_JOB] = 1, [OF_FILE] = 2, [OF_PEER_CACHE] = 0};
    const struct property *property = call->def->property;
    const struct argument *argument = &call->args[places[property->owner]];
    struct value value = {argument->number, wide(argument->text)};
    IUnknown *iface;
    HRESULT hr;

    if (!session_open(session)) return RESULT_FAILED;
    if (SUCCEEDED(hr = open_owner(session, property, &iface)))
    {
        hr = property->set(iface, &value);
        IUnknown_Release(iface);
    }
    if (property->owner == OF_PEER_CACHE && hr == S_FALSE) return refuse_without_peer_cache();
    return confirm_set(session, property, hr, &value);
}
