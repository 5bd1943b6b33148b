/*
 * Noticing changes of policies in the registry.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "transfer/conditions/policywatch.h"

DEBUG_CHANNEL(bitsschedule);

struct policy_watch
{
    HKEY key;
    HANDLE event;
    TP_WAIT *wait;
    void (*changed)(void *context);
    void *context;
};

/* Ask for word of the next change. */
static BOOL arm(struct policy_watch *watch)
{
    LSTATUS status = RegNotifyChangeKeyValue(
        watch->key, TRUE, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_THREAD_AGNOSTIC,
        watch->event, TRUE);

    if (status)
    {
        WARN("changes of policies will not be seen, error %ld\n", status);
        return FALSE;
    }
    SetThreadpoolWait(watch->wait, watch->event, NULL);
    return TRUE;
}

static void CALLBACK notice(TP_CALLBACK_INSTANCE *instance, void *context, TP_WAIT *wait, TP_WAIT_RESULT result)
{
    struct policy_watch *watch = context;

    /* Before anybody reads: what changes meanwhile is reported again. */
    arm(watch);
    watch->changed(watch->context);
}

struct policy_watch *policy_watch_create(void (*changed)(void *context), void *context)
{
    struct policy_watch *watch;

    if (!(watch = calloc(1, sizeof(*watch)))) return NULL;
    watch->changed = changed;
    watch->context = context;
    watch->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    watch->wait = CreateThreadpoolWait(notice, watch, NULL);
    /* The key of all policies: that of BITS comes and goes with them. */
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Policies", 0, NULL, 0, KEY_NOTIFY | KEY_WOW64_64KEY, NULL,
                        &watch->key, NULL))
        watch->key = NULL;
    if (watch->event && watch->wait && watch->key && arm(watch)) return watch;
    policy_watch_destroy(watch);
    return NULL;
}

void policy_watch_destroy(struct policy_watch *watch)
{
    if (!watch) return;
    if (watch->wait)
    {
        SetThreadpoolWait(watch->wait, NULL, NULL);
        WaitForThreadpoolWaitCallbacks(watch->wait, TRUE);
        /* The last callback may have armed it again. */
        SetThreadpoolWait(watch->wait, NULL, NULL);
        CloseThreadpoolWait(watch->wait);
    }
    if (watch->key) RegCloseKey(watch->key);
    if (watch->event) CloseHandle(watch->event);
    free(watch);
}
