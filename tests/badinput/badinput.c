/*
 * Bad input at every boundary: it gets the documented answer and never takes a service down.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The boundaries are the methods' arguments, clients that die or hang, callback objects that behave oddly,
 * and servers. Rules: docs/rules.
 */

#include "badinput.h"

static DWORD bits_process, do_process;

WCHAR *make_text(size_t length, WCHAR c)
{
    WCHAR *text = malloc((length + 1) * sizeof(*text));
    size_t i;

    if (!ok(text != NULL, "out of memory")) ExitProcess(1);
    for (i = 0; i < length; i++) text[i] = c;
    text[length] = 0;
    return text;
}

void note_services(void)
{
    bits_process = client_service_process(L"BITS");
    do_process = client_service_process(L"DoSvc");
    ok(bits_process != 0, "BITS does not run");
}

void check_services(void)
{
    DWORD process = client_service_process(L"BITS");

    ok(process == bits_process, "BITS was process %lu and is %lu", bits_process, process);
    bits_process = process;
    process = client_service_process(L"DoSvc");
    ok(process == do_process, "Delivery Optimization was process %lu and is %lu", do_process, process);
    do_process = process;
}

/* Start both services, so that there is something to compare with. */
static void start_services(void)
{
    IBackgroundCopyManager *manager;

    if ((manager = client_manager(&CLSID_BackgroundCopyManager))) IBackgroundCopyManager_Release(manager);
    if ((manager = client_manager(&CLSID_DeliveryOptimization))) IBackgroundCopyManager_Release(manager);
    note_services();
}

static void run_part(const char *name, void (*part)(void))
{
    if (winetest.argc > 1 && strcmp(winetest.argv[1], name)) return;
    winetest_push_context("%s", name);
    part();
    check_services();
    winetest_pop_context();
}

START_TEST(badinput)
{
    static const struct
    {
        const char *name;
        void (*function)(void);
    } parts[] = {
        {"manager", test_manager},
        {"job", test_job},
        {"names", test_names},
        {"job_extensions", test_job_extensions},
        {"files", test_files},
        {"do_job", test_do_job},
        {"do_download", test_do_download},
        {"dying_clients", test_dying_clients},
        {"hung_client", test_hung_client},
        {"strange_callbacks", test_strange_callbacks},
        {"hostile_servers", test_hostile_servers},
    };
    unsigned int i;

    if (!client_start(COINIT_MULTITHREADED)) return;
    if (winetest.argc > 2 && !strcmp(winetest.argv[1], "doomed"))
    {
        run_doomed_client(winetest.argc - 2, winetest.argv + 2);
        return;
    }
    start_services();
    for (i = 0; i < ARRAYSIZE(parts); i++) run_part(parts[i].name, parts[i].function);
    client_remove_directory();
    client_stop();
}
