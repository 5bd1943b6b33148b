/*
 * What wine-bits registers in a prefix, as data.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The interfaces are those of dlls/qmgrprxy/qmgrprxy.idl; tests/setup compares the two.
 */

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "registration.h"

#define BITS_APPID L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"
#define DO_APPID L"{379001DE-7108-4A45-8A74-6CD0A9FBEF2C}"
#define PROXY_CLSID L"{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}"
/* Marshals interfaces of automation by their type library. */
#define AUTOMATION_CLSID L"{00020424-0000-0000-C000-000000000046}"
#define ACTIVATOR_CLSID_TEXT L"{3D1F4A52-7A0C-4B6E-9C1D-52E80B9F64A7}"

#define CLASSES L"Software\\Classes\\"

/* Classes that a service serves.  Wine does not name the one it has. */
static const struct
{
    const WCHAR *clsid;
    const WCHAR *name;
    const WCHAR *appid;
    BOOL wines;
} classes[] = {
    {L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}", L"BackgroundCopyQMgr", BITS_APPID},
    {L"{4991D34B-80A1-4291-83B6-3328366B9097}", L"BackgroundCopyManager", BITS_APPID, TRUE},
    {L"{F087771F-D74F-4C1A-BB8A-E16ACA9124EA}", L"BackgroundCopyManager1_5", BITS_APPID},
    {L"{6D18AD12-BDE3-4393-B311-099C346E6DF9}", L"BackgroundCopyManager2_0", BITS_APPID},
    {L"{03CA98D6-FF5D-49B8-ABC6-03DD84127020}", L"BackgroundCopyManager2_5", BITS_APPID},
    {L"{659CDEA7-489E-11D9-A9CD-000D56965251}", L"BackgroundCopyManager3_0", BITS_APPID},
    {L"{BB6DF56B-CACE-11DC-9992-0019B93A3A84}", L"BackgroundCopyManager4_0", BITS_APPID},
    {L"{1ECCA34C-E88A-44E3-8D6A-8921BDE9E452}", L"BackgroundCopyManager5_0", BITS_APPID},
    {L"{4D233817-B456-4E75-83D2-B17DEC544D12}", L"BackgroundCopyManager10_0", BITS_APPID},
    {L"{4BD3E4E1-7BD4-4A2B-9964-496400DE5193}", L"BackgroundCopyManager10_1", BITS_APPID},
    {L"{4575438F-A6C8-4976-B0FE-2F26B80D959E}", L"BackgroundCopyManager10_2", BITS_APPID},
    {L"{5FD42AD5-C04E-4D36-ADC7-E08FF15737AD}", L"BackgroundCopyManager10_3", BITS_APPID},
    {L"{5B99FA76-721C-423C-ADAC-56D03C8A8007}", L"DeliveryOptimization", DO_APPID},
};

/* Through which a class leads to its service. */
static const struct
{
    const WCHAR *key; /* AppID or an alias of it */
    const WCHAR *value;
    const WCHAR *data;
    BOOL wines;
} appids[] = {
    {BITS_APPID, L"LocalService", L"BITS", TRUE},
    {L"BITS", L"AppID", BITS_APPID, TRUE},
    {DO_APPID, L"LocalService", L"dosvc"},
};

/* Classes that qmgrprxy.dll serves in the client's process. */
static const struct
{
    const WCHAR *clsid;
    const WCHAR *name;
    BOOL wines;
} proxies[] = {
    {PROXY_CLSID, L"PSFactoryBuffer", TRUE},
    {ACTIVATOR_CLSID_TEXT, L"wine-bits activator"},
};

/* Interfaces that qmgrprxy.dll marshals, with the number of their methods, inherited ones included. */
static const struct
{
    const WCHAR *iid;
    const WCHAR *name;
    unsigned int methods;
    BOOL wines;
} interfaces[] = {
    {L"{01B7BD23-FB88-4A77-8490-5891D3E4653A}", L"IBackgroundCopyFile", 6, TRUE},
    {L"{CA51E165-C365-424C-8D41-24AAA4FF3C40}", L"IEnumBackgroundCopyFiles", 8, TRUE},
    {L"{19C613A0-FCB8-4F28-81AE-897C3D078F81}", L"IBackgroundCopyError", 8, TRUE},
    {L"{37668D37-507E-4160-9316-26306D150B12}", L"IBackgroundCopyJob", 35, TRUE},
    {L"{1AF4F612-3B71-466F-8F58-7B6F73AC57AD}", L"IEnumBackgroundCopyJobs", 8, TRUE},
    {L"{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}", L"IBackgroundCopyManager", 7, TRUE},
    {L"{97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22}", L"IBackgroundCopyCallback", 6, TRUE},
    {L"{54B50739-686F-45EB-9DFF-D6A9A0FAA9AF}", L"IBackgroundCopyJob2", 43, TRUE},
    {L"{443C8934-90FF-48ED-BCDE-26F5C7450042}", L"IBackgroundCopyJob3", 47, TRUE},
    {L"{83E81B93-0873-474D-8A8C-F2018B1A939C}", L"IBackgroundCopyFile2", 8, TRUE},
    {L"{F1BD1079-9F01-4BDC-8036-F09B70095066}", L"IBackgroundCopyJobHttpOptions", 11, TRUE},
    {L"{659CDEAC-489E-11D9-A9CD-000D56965251}", L"IBackgroundCopyCallback2", 7, TRUE},
    {L"{659CDEAE-489E-11D9-A9CD-000D56965251}", L"IBackgroundCopyJob4", 53, TRUE},
    {L"{659CDEAA-489E-11D9-A9CD-000D56965251}", L"IBackgroundCopyFile3", 12},
    {L"{659CDEA2-489E-11D9-A9CD-000D56965251}", L"IBitsPeer", 6},
    {L"{659CDEA5-489E-11D9-A9CD-000D56965251}", L"IEnumBitsPeers", 8},
    {L"{659CDEAF-489E-11D9-A9CD-000D56965251}", L"IBitsPeerCacheRecord", 10},
    {L"{659CDEA4-489E-11D9-A9CD-000D56965251}", L"IEnumBitsPeerCacheRecords", 8},
    {L"{659CDEAD-489E-11D9-A9CD-000D56965251}", L"IBitsPeerCacheAdministration", 17},
    {L"{9A2584C3-F7D2-457A-9A5E-22B67BFFC7D2}", L"IBitsTokenOptions", 8},
    {L"{EF7E0655-7888-4960-B0E5-730846E03492}", L"IBackgroundCopyFile4", 13},
    {L"{E847030C-BBBA-4657-AF6D-484AA42BF1FE}", L"IBackgroundCopyJob5", 55},
    {L"{85C1657F-DAFC-40E8-8834-DF18EA25717E}", L"IBackgroundCopyFile5", 15},
    {L"{98C97BD2-E32B-4AD8-A528-95FD8B16BD42}", L"IBackgroundCopyCallback3", 8},
    {L"{CF6784F7-D677-49FD-9368-CB47AEE9D1AD}", L"IBackgroundCopyFile6", 18},
    {L"{B591A192-A405-4FC3-8323-4C5C542578FC}", L"IBackgroundCopyJobHttpOptions2", 13},
    {L"{4CEC0D02-DEF7-4158-813A-C32A46945FF7}", L"IBackgroundCopyServerCertificateValidationCallback", 4},
    {L"{8A9263D3-FD4C-4EDA-9B28-30132A4D4E3C}", L"IBackgroundCopyJobHttpOptions3", 15},
    {L"{59F5553C-2031-4629-BB18-2645A6970947}", L"IBackgroundCopyJob1", 11},
    {L"{8BAEBA9D-8F1C-42C4-B82C-09AE79980D25}", L"IEnumBackgroundCopyJobs1", 8},
    {L"{1DED80A7-53EA-424F-8A04-17FEA9ADC4F5}", L"IBackgroundCopyGroup", 18},
    {L"{D993E603-4AA4-47C5-8665-C20D39C2BA4F}", L"IEnumBackgroundCopyGroups", 8},
    {L"{084F6593-3800-4E08-9B59-99FA59ADDF82}", L"IBackgroundCopyCallback1", 6},
    {L"{16F41C69-09F5-41D2-8CD8-3C08C47BC8A8}", L"IBackgroundCopyQMgr", 6},
    {L"{EE2584CF-A69C-4848-B633-2649962B3EF7}", L"IDeliveryOptimizationJob", 4},
    {L"{18995A26-BF59-4ABE-9F8B-D5092D5A2405}", L"IDeliveryOptimizationJob2", 6},
    {L"{B76B9699-E99E-4101-803F-A20E325D93E2}", L"IDeliveryOptimizationFile", 5},
    {L"{3A87296F-6EC2-4126-AB29-E3F8DC4CC390}", L"IDeliveryOptimizationFile2", 5},
    {L"{FBBD7FC0-C147-4727-A38D-827EF071EE77}", L"IDODownload", 10},
    {L"{D166E8E3-A90E-4392-8E87-05E996D3747D}", L"IDODownloadStatusCallback", 4},
    {L"{400E2D4A-1431-4C1A-A748-39CA472CFDB1}", L"IDOManager", 5},
    {L"{7B3C985B-7543-44D9-BBDD-019A7A87157B}", L"IWineBitsJobWait", 4},
};

/* Names and dependencies are those of Windows (S-001 to S-005). */
const struct service_registration registered_services[] = {
    {L"BITS", L"Background Intelligent Transfer Service",
     L"Transfers files in the background, over network bandwidth that nobody else uses. Programs that depend on it "
     L"cannot download while it is disabled.",
     L"netsvcs", L"C:\\windows\\system32\\svchost.exe -k netsvcs", L"LocalSystem", L"C:\\windows\\system32\\qmgr.dll",
     L"RpcSs\0", L"BITS Service"},
    /* A group of its own: wineboot resets netsvcs, and one missing DLL stops a whole group. */
    {L"DoSvc", L"Delivery Optimization", L"Downloads and shares content on behalf of programs", L"NetworkService",
     L"%SystemRoot%\\system32\\svchost.exe -k NetworkService -p", L"NT Authority\\NetworkService",
     L"%SystemRoot%\\system32\\dosvc.dll", L"RpcSs\0"},
};
const size_t registered_service_count = ARRAYSIZE(registered_services);

const WCHAR *const overridden_dlls[] = {L"qmgr", L"qmgrprxy", L"dosvc"};
const size_t overridden_dll_count = ARRAYSIZE(overridden_dlls);

const WCHAR *const data_directories[] = {L"Microsoft\\Network\\Downloader", L"Microsoft\\Windows\\DeliveryOptimization",
                                         L"wine-bits"};
const size_t data_directory_count = ARRAYSIZE(data_directories);

/* Interfaces that have a key on Windows, but no proxy here: the first is made by COM itself for asynchronous calls, the
 * others belong to the server extension (S-012). */
static const struct
{
    const WCHAR *iid;
    const WCHAR *name;
    unsigned int methods;
    const WCHAR *proxy;
} other_interfaces[] = {
    {L"{CA29D251-B4BB-4679-A3D9-AE8006119D54}", L"AsyncIBackgroundCopyCallback", 9, PROXY_CLSID},
    {L"{29CFBBF7-09E4-4B97-B0BC-F2287E3D8EB3}", L"IBITSExtensionSetup", 11, AUTOMATION_CLSID},
    {L"{D5D2D542-5503-4E64-8B48-72EF91A32EE1}", L"IBITSExtensionSetupFactory", 8, AUTOMATION_CLSID},
};

struct value_list
{
    struct registry_value *values;
    size_t count;
};

/* Append a value of the key CLASSES\kind\id\subkey. */
static struct registry_value *add(struct value_list *list, const WCHAR *kind, const WCHAR *id, const WCHAR *subkey,
                                  const WCHAR *name, const WCHAR *data, BOOL wines)
{
    struct registry_value *value = &list->values[list->count++];

    swprintf(value->key, ARRAYSIZE(value->key), L"%ls%ls\\%ls%ls%ls", CLASSES, kind, id, subkey ? L"\\" : L"",
             subkey ? subkey : L"");
    value->name = name;
    lstrcpynW(value->data, data, ARRAYSIZE(value->data));
    value->wines = wines;
    return value;
}

static void add_interface(struct value_list *list, const WCHAR *iid, const WCHAR *name, unsigned int methods,
                          const WCHAR *proxy, BOOL wines)
{
    WCHAR number[12];

    swprintf(number, ARRAYSIZE(number), L"%u", methods);
    add(list, L"Interface", iid, NULL, NULL, name, wines);
    add(list, L"Interface", iid, L"NumMethods", NULL, number, wines);
    add(list, L"Interface", iid, L"ProxyStubClsid32", NULL, proxy, wines);
}

/* The program that COM runs where the service manager does not start the service of a class. */
static void add_starter(struct value_list *list, size_t class)
{
    WCHAR directory[MAX_PATH], command[2 * MAX_PATH];

    GetSystemDirectoryW(directory, ARRAYSIZE(directory));
    swprintf(command, ARRAYSIZE(command), L"%ls\\bitshold.exe start %ls %ls", directory,
             wcscmp(classes[class].appid, DO_APPID) ? L"BITS" : L"DoSvc", classes[class].clsid);
    add(list, L"CLSID", classes[class].clsid, L"LocalServer32", NULL, command, FALSE);
}

struct registry_value *registration_values(size_t *count)
{
    WCHAR proxy_dll[MAX_PATH];
    struct value_list list = {NULL, 0};
    size_t i;

    list.values = calloc(3 * ARRAYSIZE(classes) + ARRAYSIZE(appids) + 3 * ARRAYSIZE(proxies) +
                             3 * ARRAYSIZE(interfaces) + 3 * ARRAYSIZE(other_interfaces),
                         sizeof(*list.values));
    if (!list.values) return NULL;

    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        add(&list, L"CLSID", classes[i].clsid, NULL, NULL, classes[i].name, FALSE);
        add(&list, L"CLSID", classes[i].clsid, NULL, L"AppID", classes[i].appid, classes[i].wines);
        add_starter(&list, i);
    }
    for (i = 0; i < ARRAYSIZE(appids); i++)
        add(&list, L"AppID", appids[i].key, NULL, appids[i].value, appids[i].data, appids[i].wines);

    /* The 32-bit view has the same path: WOW64 redirects it. */
    GetSystemDirectoryW(proxy_dll, ARRAYSIZE(proxy_dll) - 20);
    lstrcatW(proxy_dll, L"\\qmgrprxy.dll");
    for (i = 0; i < ARRAYSIZE(proxies); i++)
    {
        add(&list, L"CLSID", proxies[i].clsid, NULL, NULL, proxies[i].name, proxies[i].wines);
        add(&list, L"CLSID", proxies[i].clsid, L"InprocServer32", NULL, proxy_dll, proxies[i].wines);
        add(&list, L"CLSID", proxies[i].clsid, L"InprocServer32", L"ThreadingModel", L"Both", proxies[i].wines);
    }
    for (i = 0; i < ARRAYSIZE(interfaces); i++)
        add_interface(&list, interfaces[i].iid, interfaces[i].name, interfaces[i].methods, PROXY_CLSID,
                      interfaces[i].wines);
    for (i = 0; i < ARRAYSIZE(other_interfaces); i++)
        add_interface(&list, other_interfaces[i].iid, other_interfaces[i].name, other_interfaces[i].methods,
                      other_interfaces[i].proxy, FALSE);
    *count = list.count;
    return list.values;
}
