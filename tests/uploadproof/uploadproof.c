/*
 * Uploads that are interrupted in every way arrive complete, and no byte is sent again that the server has said to
 * have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Environment: WB_UPLOAD_LONG=1 adds files of 100 MiB and 5 GiB; WB_UPLOAD_DROPS and WB_UPLOAD_KILLS say how many
 * connections are cut and how often the service is killed (default 8 and 3).
 */

#include <stdlib.h>

#include "support/upload.h"
#include "wine/test.h"

#define SMALL_FRAGMENT (64 * 1024)

static unsigned int setting(const char *name, unsigned int preset)
{
    char text[16];

    return GetEnvironmentVariableA(name, text, sizeof(text)) ? (unsigned int)atoi(text) : preset;
}

/* Numbers that look unrelated, and are the same in each run. */
static unsigned int dice(unsigned int *state, unsigned int sides)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % sides;
}

/* --- sizes ---------------------------------------------------------------------------------- */

static void check_size(uint64_t size, DWORD timeout)
{
    struct upload upload = {0};
    struct bitsserver_counts counts;

    winetest_push_context("%llu bytes", (unsigned long long)size);
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, size) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, timeout))
    {
        upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.repeated, 0);
        ok_int(counts.connections, 1);
    }
    upload_end(&upload);
    winetest_pop_context();
}

/* U-306, U-105: around the ends of fragments, which grow 1, 2, 4, 4 MiB */
static void test_sizes(void)
{
    static const unsigned int ends[] = {1, 3, 7, 11};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(ends); i++)
    {
        check_size((uint64_t)ends[i] * UPLOAD_FRAGMENT - 1, SOON_MS);
        check_size((uint64_t)ends[i] * UPLOAD_FRAGMENT, SOON_MS);
        check_size((uint64_t)ends[i] * UPLOAD_FRAGMENT + 1, SOON_MS);
    }
    if (setting("WB_UPLOAD_LONG", 0)) check_size(100 * 1024 * 1024, 10 * SOON_MS);
}

/* Bytes of the pattern at a few places, nothing between them. */
static BOOL write_sparse(const WCHAR *path, uint64_t size, uint32_t seed)
{
    const uint64_t places[] = {0, 0x7ffff000, 0xfffff000, size - 8192};
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    LARGE_INTEGER position;
    BOOL good = file != INVALID_HANDLE_VALUE;
    char block[8192];
    unsigned int i;
    DWORD written;

    for (i = 0; good && i < ARRAYSIZE(places); i++)
    {
        position.QuadPart = places[i];
        pattern_fill(block, sizeof(block), places[i], seed);
        good = SetFilePointerEx(file, position, NULL, FILE_BEGIN) &&
               WriteFile(file, block, sizeof(block), &written, NULL);
    }
    CloseHandle(file);
    return good;
}

static BOOL same_files(const WCHAR *a, const WCHAR *b)
{
    HANDLE files[2] = {CreateFileW(a, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL),
                       CreateFileW(b, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL)};
    char *blocks[2] = {malloc(1 << 20), malloc(1 << 20)};
    DWORD got[2] = {1, 1};
    BOOL same = TRUE;

    while (same && got[0])
        same = ReadFile(files[0], blocks[0], 1 << 20, &got[0], NULL) &&
               ReadFile(files[1], blocks[1], 1 << 20, &got[1], NULL) && got[0] == got[1] &&
               !memcmp(blocks[0], blocks[1], got[0]);
    CloseHandle(files[0]);
    CloseHandle(files[1]);
    free(blocks[0]);
    free(blocks[1]);
    return same;
}

/* U-190: offsets that need more than 32 bits */
static void test_huge(void)
{
    struct upload upload = {0};
    struct bitsserver_counts counts;
    BG_JOB_PROGRESS progress;
    uint64_t size = 5ull << 30;
    ULONGLONG began;

    if (!setting("WB_UPLOAD_LONG", 0))
    {
        skip("5 GiB: WB_UPLOAD_LONG is not set\n");
        return;
    }
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1) && ok(write_sparse(upload.local, size, 5), "cannot write\n"))
    {
        began = GetTickCount64();
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 600000))
        {
            trace("5 GiB in %u ms\n", (unsigned int)(GetTickCount64() - began));
            ok_hr(IBackgroundCopyJob_GetProgress(upload.job, &progress), S_OK);
            ok(progress.BytesTransferred == size, "%llu bytes\n", (unsigned long long)progress.BytesTransferred);
            ok(same_files(upload.local, upload.stored), "the server has something else\n");
            bitsserver_count(upload.server, &counts);
            ok_int(counts.repeated, 0);
        }
    }
    ok(pattern_write_file(upload.local, upload.size, upload.seed), "cannot write\n");
    upload_end(&upload);
}

/* --- connections that break ------------------------------------------------------------------- */

struct drops
{
    unsigned int state, left;
    LONG made;
    BOOL last; /* the packet before was dropped */
};

/* One of three packets does not get through: cut before, in the body, after, in the answer; never two in a row, since
 * the job waits after that. */
static int drop_some(void *context, unsigned int number, const char *type)
{
    struct drops *drops = context;

    if (!drops->left || drops->last || dice(&drops->state, 3))
    {
        drops->last = FALSE;
        return 0;
    }
    drops->last = TRUE;
    drops->left--;
    InterlockedIncrement(&drops->made);
    switch (dice(&drops->state, 4))
    {
    case 0: return BITSSERVER_CLOSE_BEFORE;
    case 1: return BITSSERVER_CLOSE_AFTER;
    case 2: return BITSSERVER_CUT_HEAD;
    default: return BITSSERVER_CUT_BODY + dice(&drops->state, SMALL_FRAGMENT);
    }
}

/* U-114, U-117 */
static void test_drops(void)
{
    struct drops drops = {.state = 1, .left = setting("WB_UPLOAD_DROPS", 8)};
    unsigned int total = drops.left;
    struct upload upload = {.options = {.fault = drop_some, .context = &drops, .fragment_limit = SMALL_FRAGMENT}};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 4 * total * SMALL_FRAGMENT + 12345) &&
        upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS + total * 12000))
    {
        upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        trace("%ld of %u connections cut, %u packets, %u sessions\n", drops.made, total, counts.packets,
              counts.creates);
        ok_int(counts.repeated, 0);
        ok(drops.made >= (LONG)total / 2, "only %ld connections were cut\n", drops.made);
    }
    upload_end(&upload);
}

/* --- services that are killed -------------------------------------------------------------------- */

/* U-063, U-101: at any moment; *left counts down. One upload: FALSE when something is wrong. */
static BOOL kill_during(unsigned int *left, unsigned int *state)
{
    struct upload upload = {.options.fragment_limit = SMALL_FRAGMENT};
    struct bitsserver_counts counts = {0};
    unsigned int kills = 0;
    BOOL good = FALSE;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 200 * SMALL_FRAGMENT + 777))
    {
        ok_hr(IBackgroundCopyJob_Resume(upload.job), S_OK);
        good = TRUE;
        while (good && *left && kills < 12)
        {
            bitsserver_count(upload.server, &counts);
            if (counts.closes) break;
            bitsserver_wait_packets(upload.server, counts.packets + 1 + dice(state, 12), SOON_MS);
            upload_kill_service();
            --*left;
            kills++;
            good = upload_find_again(&upload, S_OK);
        }
        if (good && (good = client_wait_state(upload.job, BG_JOB_STATE_TRANSFERRED, 3 * SOON_MS)))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            /* A service that was killed cannot know the last answer: the next one finds out with a short fragment. */
            ok(counts.repeated <= kills * UPLOAD_PROBE, "%llu bytes were sent again\n",
               (unsigned long long)counts.repeated);
            trace("%u kills, %u sessions, %u packets, %u bytes again\n", kills, counts.creates, counts.packets,
                  (unsigned int)counts.repeated);
        }
    }
    upload_end(&upload);
    return good;
}

static void test_kills(void)
{
    unsigned int left = setting("WB_UPLOAD_KILLS", 3), state = 7;

    while (left && kill_during(&left, &state))
        ;
    ok_int(left, 0);
}

/* --- sources that change ---------------------------------------------------------------------------- */

/* While the service reads it. */
static BOOL touch_middle(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL);
    BOOL good;
    DWORD written;

    good = SetFilePointer(file, 3 * UPLOAD_FRAGMENT, NULL, FILE_BEGIN) != INVALID_SET_FILE_POINTER &&
           WriteFile(file, "changed", 7, &written, NULL);
    CloseHandle(file);
    return good;
}

/* U-096: between two fragments, same size */
static void test_changed_source(void)
{
    struct gate gate;
    struct upload upload = {.options = {.fault = upload_gate, .context = &gate}};
    BG_ERROR_CONTEXT context;

    gate_init(&gate, "Fragment", 1);
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 4 * UPLOAD_FRAGMENT))
    {
        ok_hr(IBackgroundCopyJob_Resume(upload.job), S_OK);
        ok(client_wait(gate.held, SOON_MS), "no second fragment\n");
        client_pause(50);
        ok(touch_middle(upload.local), "cannot write\n");
        gate_release(&gate);
        if (client_wait_state(upload.job, BG_JOB_STATE_ERROR, SOON_MS))
        {
            ok_hr(client_job_error(upload.job, &context), BG_E_LOCAL_FILE_CHANGED);
            ok_int(context, BG_ERROR_CONTEXT_LOCAL_FILE);
        }
        ok(!client_file_exists(upload.stored), "a mixture arrived\n");
        ok(pattern_write_file(upload.local, upload.size, upload.seed), "cannot write\n");
    }
    upload_end(&upload);
    gate_cleanup(&gate);
}

START_TEST(uploadproof)
{
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((upload_manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_sizes);
        winetest_run(test_huge);
        winetest_run(test_drops);
        winetest_run(test_changed_source);
        winetest_run(test_kills);
        IBackgroundCopyManager_Release(upload_manager);
    }
    client_remove_directory();
    client_stop();
}
