/*
 * The properties of jobs, files and the peer cache that a switch shows or sets: one row each.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A new property is a row here, and its GET... and SET... switches in switches.c.
 */

#ifndef BITSADMIN_PROPERTY_H
#define BITSADMIN_PROPERTY_H

#include <windows.h>

#include "values.h"

/* What a property is of. */
enum property_owner
{
    OF_JOB,
    OF_FILE, /* the second argument is its index */
    OF_PEER_CACHE,
};

enum appearance
{
    SHOWN_AS_NUMBER,
    SHOWN_AS_HEX,
    SHOWN_AS_SIZE,
    SHOWN_AS_TIME,
    SHOWN_AS_WORD,
    SHOWN_AS_ACL_LETTERS,
    SHOWN_AS_PEERCACHING, /* two lines; for scripts a number */
    SHOWN_AS_TEXT,
};

struct value
{
    UINT64 number; /* or a FILETIME */
    WCHAR *text;   /* of a getter: for free() */
};

struct property
{
    enum property_owner owner;
    const IID *iid;
    HRESULT (*get)(void *iface, struct value *value);
    HRESULT (*set)(void *iface, const struct value *value); /* NULL: cannot be set */
    enum appearance appearance;
    const struct word *words; /* SHOWN_AS_WORD */
    const WCHAR *none;        /* SHOWN_AS_TEXT: what stands for no text */
    const WCHAR *what;        /* in messages */
};

/*
 * RW and RO: a number of a type, from Get<Method> and Set<Method> of an interface.  RW_TEXT and RO_TEXT: the same with
 * a text.  CUSTOM: what a function of property.c gets from an interface.
 *
 * The columns: name, what it is of, interface, type, method (or function), how it is shown, what messages call it.
 */
/* clang-format off */
#define PROPERTY_LIST \
    RO(TYPE, JOB, IBackgroundCopyJob, BG_JOB_TYPE, Type, AS_WORD(type_words), L"job type") \
    RO(STATE, JOB, IBackgroundCopyJob, BG_JOB_STATE, State, AS_WORD(state_words), L"job state") \
    RO(ERROR_COUNT, JOB, IBackgroundCopyJob, ULONG, ErrorCount, AS_NUMBER, L"error count") \
    RW(PRIORITY, JOB, IBackgroundCopyJob, BG_JOB_PRIORITY, Priority, AS_WORD(priority_words), L"priority") \
    RW(NOTIFY_FLAGS, JOB, IBackgroundCopyJob, ULONG, NotifyFlags, AS_NUMBER, L"notification flags") \
    RW(MIN_RETRY_DELAY, JOB, IBackgroundCopyJob, ULONG, MinimumRetryDelay, AS_NUMBER, L"minimum retry delay") \
    RW(NO_PROGRESS_TIMEOUT, JOB, IBackgroundCopyJob, ULONG, NoProgressTimeout, AS_NUMBER, L"no progress timeout") \
    RW(MAX_DOWNLOAD_TIME, JOB, IBackgroundCopyJob4, ULONG, MaximumDownloadTime, AS_NUMBER, L"maximum download time") \
    RW(ACL_FLAGS, JOB, IBackgroundCopyJob3, DWORD, FileACLFlags, AS_ACL_LETTERS, L"ACL flags") \
    RW(PEERCACHING_FLAGS, JOB, IBackgroundCopyJob4, DWORD, PeerCachingFlags, AS_PEERCACHING, L"peer caching flags") \
    RW(SECURITY_FLAGS, JOB, IBackgroundCopyJobHttpOptions, ULONG, SecurityFlags, AS_HEX, L"security flags") \
    RW(HELPER_TOKEN_FLAGS, JOB, IBitsTokenOptions, DWORD, HelperTokenFlags, AS_NUMBER, L"helper token flags") \
    RW(VALIDATION_STATE, FILE, IBackgroundCopyFile3, BOOL, ValidationState, AS_WORD(boolean_words), \
       L"validation state") \
    RO(CONFIGURATION_FLAGS, PEER_CACHE, IBitsPeerCacheAdministration, DWORD, ConfigurationFlags, AS_PEERCACHING, \
       L"configuration flags") \
    RW(CACHE_LIMIT, PEER_CACHE, IBitsPeerCacheAdministration, DWORD, MaximumCacheSize, AS_NUMBER, L"cache limit") \
    RW(CACHE_EXPIRATION_TIME, PEER_CACHE, IBitsPeerCacheAdministration, ULONG, MaximumContentAge, AS_NUMBER, \
       L"expiration time") \
    RW_TEXT(DISPLAY_NAME, JOB, IBackgroundCopyJob, DisplayName, AS_TEXT(L""), L"display name") \
    RW_TEXT(DESCRIPTION, JOB, IBackgroundCopyJob, Description, AS_TEXT(L""), L"description") \
    RW_TEXT(HTTP_METHOD, JOB, IBackgroundCopyJobHttpOptions2, HttpMethod, AS_TEXT(L"NULL"), L"HTTP method") \
    RW_TEXT(REPLY_FILE_NAME, JOB, IBackgroundCopyJob2, ReplyFileName, AS_TEXT(L"NULL"), L"reply file name") \
    RO_TEXT(HELPER_TOKEN_SID, JOB, IBitsTokenOptions, HelperTokenSid, AS_TEXT(L"NULL"), L"helper token SID") \
    RO_TEXT(TEMPORARY_NAME, FILE, IBackgroundCopyFile3, TemporaryName, AS_TEXT(L"NULL"), L"temporary name") \
    CUSTOM(OWNER, JOB, IBackgroundCopyJob, get_owner, AS_TEXT(L""), L"job owner") \
    CUSTOM(BYTES_TOTAL, JOB, IBackgroundCopyJob, get_bytes_total, AS_SIZE, L"job progress") \
    CUSTOM(BYTES_TRANSFERRED, JOB, IBackgroundCopyJob, get_bytes_transferred, AS_SIZE, L"job progress") \
    CUSTOM(FILES_TOTAL, JOB, IBackgroundCopyJob, get_files_total, AS_NUMBER, L"job progress") \
    CUSTOM(FILES_TRANSFERRED, JOB, IBackgroundCopyJob, get_files_transferred, AS_NUMBER, L"job progress") \
    CUSTOM(CREATION_TIME, JOB, IBackgroundCopyJob, get_creation_time, AS_TIME, L"job times") \
    CUSTOM(MODIFICATION_TIME, JOB, IBackgroundCopyJob, get_modification_time, AS_TIME, L"job times") \
    CUSTOM(COMPLETION_TIME, JOB, IBackgroundCopyJob, get_completion_time, AS_TIME, L"job times") \
    CUSTOM(NOTIFY_INTERFACE, JOB, IBackgroundCopyJob, get_notify_interface, AS_WORD(registered_words), \
           L"notification interface") \
    CUSTOM(NOTIFY_CMD_LINE, JOB, IBackgroundCopyJob2, get_notify_cmd_line, AS_TEXT(L"none"), \
           L"notification command line") \
    CUSTOM(PROXY_USAGE, JOB, IBackgroundCopyJob, get_proxy_usage, AS_WORD(proxy_usage_words), L"proxy usage") \
    CUSTOM(PROXY_LIST, JOB, IBackgroundCopyJob, get_proxy_list, AS_TEXT(L"NULL"), L"proxy list") \
    CUSTOM(PROXY_BYPASS_LIST, JOB, IBackgroundCopyJob, get_proxy_bypass_list, AS_TEXT(L"NULL"), L"proxy bypass list") \
    CUSTOM(CUSTOM_HEADERS, JOB, IBackgroundCopyJobHttpOptions, get_custom_headers, AS_TEXT(L"NULL"), \
           L"custom headers") \
    CUSTOM(REPLY_PROGRESS, JOB, IBackgroundCopyJob2, get_reply_progress, AS_TEXT(L""), L"reply progress")
/* clang-format on */

#define RO(name, ...) PROPERTY_##name,
#define RW RO
#define RO_TEXT RO
#define RW_TEXT RO
#define CUSTOM RO
enum property_id
{
    PROPERTY_LIST PROPERTY_COUNT
};
#undef RO
#undef RW
#undef RO_TEXT
#undef RW_TEXT
#undef CUSTOM

/* SETTABLE_<name> is there for properties that can be set: a SET... switch of another one does not compile. */
#define RO(...)
#define RW(name, ...) SETTABLE_##name = PROPERTY_##name,
#define RO_TEXT(...)
#define RW_TEXT RW
#define CUSTOM(...)
enum settable_id
{
    PROPERTY_LIST
};
#undef RO
#undef RW
#undef RO_TEXT
#undef RW_TEXT
#undef CUSTOM

extern const struct property properties[PROPERTY_COUNT];

#endif
