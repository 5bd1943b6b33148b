/*
 * How clients reach a service's class objects: what service and proxy DLL agree on.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A service publishes a reference to its class factory in the registry (volatile, so that it ends with the
 * session) and puts a custom-marshalled entry for each of its classes into Wine's class table.  A client's
 * activation unmarshals that entry, which makes an object of qmgrprxy.dll in the client.  The object looks the
 * service up, starts it where it does not run (any more), and connects to the published factory.  So neither a
 * killed service nor the leftovers of one in the class table stand in the way of the next activation.
 *
 * A class without an entry, at the beginning of a session, leads to COM's own start of the service.  COM asks the
 * service manager once, which gives up after 3 s when it is busy with other services; it then starts the program that
 * LocalServer32 names.  That is bitshold.exe, which does nothing but put the entry into the table: from there on the
 * client's own object waits for the service, with patience and with results that say what is wrong.
 *
 * On Windows, or where the class table refuses, CoRegisterClassObject does the work alone.
 */

#ifndef WINE_BITS_SERVICE_ACTIVATION_H
#define WINE_BITS_SERVICE_ACTIVATION_H

#include <windows.h>
#include <objidl.h>

/* The class that unmarshals the entries; served by qmgrprxy.dll. */
#define ACTIVATOR_CLSID \
    { \
        0x3d1f4a52, 0x7a0c, 0x4b6e, \
        { \
            0x9c, 0x1d, 0x52, 0xe8, 0x0b, 0x9f, 0x64, 0xa7 \
        } \
    }

/* What the entry carries: which service serves the class. */
struct activation_entry
{
    ULONG version;
    WCHAR service[16];
};

#define ACTIVATION_ENTRY_VERSION 1

/* HKLM, 64-bit view, volatile; one subkey per service with these values. */
#define ACTIVATION_KEY L"Software\\wine-bits\\Running"
#define ACTIVATION_VALUE_FACTORY L"Factory"     /* REG_BINARY: marshalled IClassFactory */
#define ACTIVATION_VALUE_PROCESS L"ProcessId"   /* REG_DWORD */
#define ACTIVATION_VALUE_STARTED L"Started"     /* REG_QWORD: creation time of the process (ids are used again) */
#define ACTIVATION_VALUE_MODULE L"Module"       /* REG_SZ: path of the DLL that serves, for people who ask */
#define ACTIVATION_VALUE_VERSION L"Version"     /* REG_SZ: its version */
#define ACTIVATION_VALUE_FAILURE L"Failure"     /* REG_BINARY: struct activation_failure; stays for the session */
#define ACTIVATION_VALUE_USED L"UsedProcessIds" /* REG_BINARY, in ACTIVATION_KEY itself: DWORDs, oldest first */

/* How the last failed start of the service ended.  Who waits for a service compares the counter with that from before
 * its start. */
struct activation_failure
{
    ULONG count; /* of failed starts in this session */
    HRESULT hr;
};

struct activation;

/* Whether an earlier service of this session had the id of this process: then clients of that one may not reach this
 * one, which should end.  TRUE is answered once; the id is noted for the next time. */
BOOL activation_is_process_id_used(void);

/* Put entries for each of the count classes into Wine's class table; they lead to the service, whether it runs or not.
 * Waits for the service RpcSs, which has the table.  An error where there is no such table, as on Windows.  The caller
 * is in an apartment. */
HRESULT activation_register(const WCHAR *service, const CLSID *const *classes, unsigned int count);

/* The means for a starting service to become reachable; its classes have their entries afterwards. NULL: no memory. 
 * The caller is in the MTA.  classes must stay valid. */
struct activation *activation_create(const WCHAR *service, const CLSID *const *classes, unsigned int count);

/* Make factory reachable as each of the classes. */
HRESULT activation_publish(struct activation *activation, IClassFactory *factory);

/* Instead: let those who wait know that the service cannot run, and why. */
void activation_publish_failure(struct activation *activation, HRESULT hr);

/* Stop being reachable; NULL is fine.  The next activation starts the service again. */
void activation_destroy(struct activation *activation);

/* For an exception filter: stop being reachable, with as few calls as possible. */
void activation_abandon(struct activation *activation);

#endif
