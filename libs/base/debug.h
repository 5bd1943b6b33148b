/*
 * Debug channels of Wine and the log file, for plain PE modules.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One DEBUG_CHANNEL(name) per source file, then TRACE, WARN, ERR and FIXME as in Wine.  Under Wine they obey
 * WINEDEBUG; on Windows they are silent.  What passes WARN or ERR, and TRACE when the log was asked for
 * verbosely, also goes to the log file when the registry switches one on (docs/user-guide.md): services do
 * not see a user's environment.
 */

#ifndef WINE_BITS_BASE_DEBUG_H
#define WINE_BITS_BASE_DEBUG_H

#include <windows.h>

enum debug_class
{
    DEBUG_CLASS_FIXME,
    DEBUG_CLASS_ERR,
    DEBUG_CLASS_WARN,
    DEBUG_CLASS_TRACE,
};

/* The layout is Wine's: flags, then the name. */
struct debug_channel
{
    unsigned char flags;
    char name[15];
};

#define DEBUG_CHANNEL(channel_name) \
    static struct debug_channel debug_default_channel __attribute__((unused)) = {0xff, #channel_name}

#define DEBUG_PRINTF(class, ...) \
    do { \
        if (debug_enabled(&debug_default_channel, class)) \
            debug_printf(&debug_default_channel, class, __func__, __VA_ARGS__); \
    } while (0)

#define FIXME(...) DEBUG_PRINTF(DEBUG_CLASS_FIXME, __VA_ARGS__)
#define ERR(...) DEBUG_PRINTF(DEBUG_CLASS_ERR, __VA_ARGS__)
#define WARN(...) DEBUG_PRINTF(DEBUG_CLASS_WARN, __VA_ARGS__)
#define TRACE(...) DEBUG_PRINTF(DEBUG_CLASS_TRACE, __VA_ARGS__)

/* Is anybody interested in this class of messages: WINEDEBUG or the log file? */
BOOL debug_enabled(struct debug_channel *channel, enum debug_class class);

/* Print one message. */
void debug_printf(struct debug_channel *channel, enum debug_class class, const char *function, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Texts for use within one message; valid until a few dozen more were asked for.  NULL is fine. */
const char *debug_wstr(const WCHAR *str);
const char *debug_guid(const GUID *guid);

/* Write to the log file, whatever its level: a line about what the service did, with time.  Callers put the
 * job id first where there is one. */
void log_event(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Read the switch of the log file again (at start-up and when the service is told that parameters changed):
 * HKLM\Software\wine-bits, values LogFile (REG_SZ, full path; none = off) and LogLevel (REG_DWORD, 0 events,
 * 1 + warnings, 2 + traces). */
void log_configure(void);

#endif
