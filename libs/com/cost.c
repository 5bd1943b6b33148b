/*
 * What the network costs, as the system's list of networks says.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <initguid.h>
#include <windows.h>
#include <objbase.h>
#include <netlistmgr.h>

#include "base/debug.h"
#include "bitsapi.h"
#include "com/cost.h"
#include "transfer/conditions/policy.h"

DEBUG_CHANNEL(bitsschedule);

/* The library knows no IDL; its names for sets of cost states are those of the interface. */
C_ASSERT(COST_ALWAYS == BITS_COST_STATE_TRANSFER_ALWAYS);
C_ASSERT(COST_NOT_ROAMING == BITS_COST_STATE_TRANSFER_NOT_ROAMING);
C_ASSERT(COST_NO_SURCHARGE == BITS_COST_STATE_TRANSFER_NO_SURCHARGE);
C_ASSERT(COST_STANDARD == BITS_COST_STATE_TRANSFER_STANDARD);
C_ASSERT(COST_UNRESTRICTED == BITS_COST_STATE_TRANSFER_UNRESTRICTED);

static const CLSID network_list_class = {0xdcb00c01, 0x570f, 0x4a9b, {0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b}};

/* From the list's numbers to those of BITS (B-585). */
static uint32_t cost_state(DWORD cost)
{
    if (cost & NLM_CONNECTION_COST_ROAMING) return BITS_COST_STATE_ROAMING;
    if (cost & NLM_CONNECTION_COST_UNRESTRICTED) return BITS_COST_STATE_UNRESTRICTED;
    if (cost & NLM_CONNECTION_COST_VARIABLE) return BITS_COST_STATE_USAGE_BASED;
    if (!(cost & NLM_CONNECTION_COST_FIXED)) return 0;
    if (cost & NLM_CONNECTION_COST_OVERDATALIMIT)
        return cost & NLM_CONNECTION_COST_CONGESTED ? BITS_COST_STATE_OVERCAP_THROTTLED
                                                    : BITS_COST_STATE_OVERCAP_CHARGED;
    if (cost & NLM_CONNECTION_COST_APPROACHINGDATALIMIT) return BITS_COST_STATE_NEAR_CAP;
    return BITS_COST_STATE_CAPPED_USAGE_UNKNOWN;
}

uint32_t com_network_cost(void *context)
{
    INetworkCostManager *manager = NULL;
    DWORD cost = 0;
    HRESULT hr;

    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED))) return 0;
    hr = CoCreateInstance(&network_list_class, NULL, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER,
                          &IID_INetworkCostManager, (void **)&manager);
    if (SUCCEEDED(hr)) hr = INetworkCostManager_GetCost(manager, &cost, NULL);
    if (manager) INetworkCostManager_Release(manager);
    CoUninitialize();
    TRACE("hr %#lx, cost %#lx\n", hr, cost);
    return SUCCEEDED(hr) ? cost_state(cost) : 0; /* B-587 */
}
