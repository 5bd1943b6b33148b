/*
 * Parts of wbsetup.exe, which registers wine-bits in a Wine prefix.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions that return DWORD give a Win32 error, 0 for success, and have reported to the user what failed.
 */

#ifndef WBSETUP_WBSETUP_H
#define WBSETUP_WBSETUP_H

#include <windows.h>

/* What the program ends with; the worst of several findings counts. */
enum result
{
    RESULT_OK = 0, /* installed and in use */
    RESULT_NOT_INSTALLED = 1,
    RESULT_PROBLEM = 2, /* something failed, or a re-install is needed */
    RESULT_TIME_IS_OVER = 3,
    RESULT_USAGE = 64,
    RESULT_OTHER_SESSION = 75, /* this session of Wine has to end before anything can be done */
};

/* Printf in UTF-8: to stdout; to stderr; to stderr, followed by the text of the error, which is returned. */
void print(const WCHAR *format, ...);
void say(const WCHAR *format, ...);
DWORD complain(DWORD error, const WCHAR *format, ...);

/* Does the prefix have 64-bit and 32-bit registry views? */
BOOL has_two_views(void);

/* Classes, proxies, interfaces and DLL overrides.  registry_check prints what is wrong and counts it. */
DWORD registry_install(void);
DWORD registry_uninstall(void);
unsigned int registry_check(void);
void registry_list(void);

/* The key of our own settings: installed version (empty: none), and making and removing all of it. */
void settings_version(WCHAR *version, size_t size);
DWORD settings_install(void);
DWORD settings_uninstall(void);

/* The services.  services_stop waits until they have stopped. */
DWORD services_install(void);
DWORD services_uninstall(void);
DWORD services_stop(void);
unsigned int services_check(void);
void services_print(void);
/* Process of the running service, 0 when it does not run. */
DWORD service_process(const WCHAR *name);
/* Tell the services that run to read their parameters again. */
DWORD services_notify(void);
/* Did our services leave entries in Wine's class table that stay until the session ends? */
BOOL services_ran(void);
/* Get rid of those, if no program runs that would suffer; says so otherwise. */
DWORD services_forget(void);

/* Whether services can be used in this session of Wine.  OTHER_SESSION: not before it has ended, which it does by
 * itself; PROBLEM: not before the program that is named to the user has ended. */
enum result services_check_session(void);

/* Have Wine install its own qmgr.dll and the like again, where ours was deleted. */
DWORD restore_wine_files(void);

/* Use the services and see who answers. */
enum result ask_services(void);
enum result ask_proxies(void);

/* Wait until no job goes on by itself, for so many seconds (text; NULL = for ever).  NOT_INSTALLED: BITS cannot be
 * reached, PROBLEM: there are jobs in error. */
enum result wait_for_jobs(const char *seconds);

/* The log file. */
DWORD log_on(BOOL verbose);
DWORD log_off(void);
DWORD log_path(void);
void log_print(void);

/* Unix path (on Windows: path) of a file; the caller frees it with free.  NULL when memory is short. */
WCHAR *unix_path(const WCHAR *path);

/* Full path of the ProgramData directory. */
DWORD program_data(WCHAR path[MAX_PATH]);

#endif
