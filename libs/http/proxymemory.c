/*
 * What proxy scripts have said lately.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "http/proxymemory.h"

/* A machine that has changed its network asks again after this time. */
#define LIFETIME_MS 60000
#define ENTRIES 16

struct entry
{
    WCHAR *script, *origin; /* NULL script: free, or its time is over; NULL origin: every server */
    ULONGLONG until;        /* ms */
    struct http_proxy_answer answer;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct entry entries[ENTRIES]; /* for as long as the process lives */

void http_proxy_answer_cleanup(struct http_proxy_answer *answer)
{
    free(answer->list);
    free(answer->bypass);
    memset(answer, 0, sizeof(*answer));
}

/* false: no memory. */
static bool copy_text(WCHAR **copy, const WCHAR *text)
{
    *copy = NULL;
    return !text || (*copy = _wcsdup(text));
}

static bool copy_answer(struct http_proxy_answer *copy, const struct http_proxy_answer *answer)
{
    memset(copy, 0, sizeof(*copy));
    copy->found = answer->found;
    if (copy_text(&copy->list, answer->list) && copy_text(&copy->bypass, answer->bypass)) return true;
    http_proxy_answer_cleanup(copy);
    return false;
}

static void forget(struct entry *entry)
{
    free(entry->script);
    free(entry->origin);
    entry->script = entry->origin = NULL;
    http_proxy_answer_cleanup(&entry->answer);
}

static bool is_for(const struct entry *entry, const WCHAR *script, const WCHAR *origin)
{
    return entry->script && !wcscmp(entry->script, script) && (!entry->origin || !wcscmp(entry->origin, origin));
}

bool http_proxy_memory_get(const WCHAR *script, const WCHAR *origin, struct http_proxy_answer *answer)
{
    ULONGLONG now = GetTickCount64();
    bool known = false;
    unsigned int i;

    memset(answer, 0, sizeof(*answer));
    AcquireSRWLockShared(&lock);
    for (i = 0; i < ENTRIES && !known; i++)
        if (is_for(&entries[i], script ? script : L"", origin) && now < entries[i].until)
            known = copy_answer(answer, &entries[i].answer);
    ReleaseSRWLockShared(&lock);
    return known;
}

/* The one for the same question, else the one that ends first.  Locked. */
static struct entry *choose_entry(const WCHAR *script, const WCHAR *origin)
{
    struct entry *oldest = &entries[0];
    unsigned int i;

    for (i = 0; i < ENTRIES; i++)
    {
        if (is_for(&entries[i], script, origin)) return &entries[i];
        if (entries[i].until < oldest->until) oldest = &entries[i];
    }
    return oldest;
}

void http_proxy_memory_put(const WCHAR *script, const WCHAR *origin, const struct http_proxy_answer *answer)
{
    struct entry *entry;

    if (!script) script = L"";
    AcquireSRWLockExclusive(&lock);
    entry = choose_entry(script, origin);
    forget(entry);
    entry->until = GetTickCount64() + LIFETIME_MS;
    /* Without memory it is asked again. */
    if (!copy_text(&entry->script, script) || !copy_text(&entry->origin, answer->found ? origin : NULL) ||
        !copy_answer(&entry->answer, answer))
        forget(entry);
    ReleaseSRWLockExclusive(&lock);
}
