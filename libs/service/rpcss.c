/*
 * Wine's class table: registrations with its rpcss that outlive this process.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CoRegisterClassObject ends at the same table, but always stores a reference to an object of the calling
 * process, and the table returns the oldest entry of a class without looking whether its process lives.
 * So a service that was killed blocks its class for the rest of the session.  The entry made here is a
 * custom-marshalled one instead, which leads to whichever process serves the class at the time.
 *
 * The calls are marshalled by hand: NdrClientCall2 reports failures by raising exceptions, which C compiled
 * by GCC cannot catch.
 */

#include <stddef.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcdcep.h>

#include "base/debug.h"
#include "service/rpcss.h"

DEBUG_CHANNEL(bitsservice);

enum rpcss_procedure
{
    RPCSS_SERVER_REGISTER = 0,
    RPCSS_GET_CLASS_OBJECT = 2,
};

static RPC_CLIENT_INTERFACE rpcss_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = {{0x85da4974, 0xedc7, 0x40ff, {0xba, 0xd4, 0x9c, 0x45, 0x25, 0xa8, 0xd0, 0x44}}, {0, 0}},
    /* NDR 2.0 */
    .TransferSyntax = {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}},
};

static RPC_STATUS bind_rpcss(RPC_BINDING_HANDLE *binding)
{
    WCHAR protseq[] = L"ncalrpc", endpoint[] = L"irpcss";
    RPC_WSTR string;
    RPC_STATUS status;

    if ((status = RpcStringBindingComposeW(NULL, protseq, NULL, endpoint, NULL, &string))) return status;
    status = RpcBindingFromStringBindingW(string, binding);
    RpcStringFreeW(&string);
    return status;
}

/* Send request, give the reply.  The caller frees message->Buffer with I_RpcFreeBuffer after success. */
static RPC_STATUS call_rpcss(RPC_BINDING_HANDLE binding, enum rpcss_procedure procedure, const void *request,
                             size_t size, RPC_MESSAGE *message)
{
    RPC_STATUS status;

    memset(message, 0, sizeof(*message));
    message->Handle = binding;
    message->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    message->ProcNum = procedure;
    message->RpcInterfaceInformation = &rpcss_interface;
    message->BufferLength = size;
    if ((status = I_RpcGetBuffer(message))) return status;
    memcpy(message->Buffer, request, size);
    message->BufferLength = size;
    return I_RpcSendReceive(message);
}

/* Is the oldest entry of the class the given one? */
static BOOL is_registered(RPC_BINDING_HANDLE binding, const CLSID *clsid, const void *objref, size_t size)
{
    RPC_MESSAGE message;
    const ULONG *reply;
    BOOL found = FALSE;

    if (call_rpcss(binding, RPCSS_GET_CLASS_OBJECT, clsid, sizeof(*clsid), &message)) return FALSE;
    /* referent id, conformance, byte count, bytes */
    reply = message.Buffer;
    if (message.BufferLength >= 3 * sizeof(ULONG) + size && reply[0] && reply[2] == size)
        found = !memcmp(reply + 3, objref, size);
    I_RpcFreeBuffer(&message);
    return found;
}

/* Arguments of RPCSS_SERVER_REGISTER as NDR lays them out. */
struct register_request
{
    CLSID clsid;
    ULONG flags;
    ULONG referent;
    ULONG conformance;
    ULONG size;
    BYTE objref[1];
};

HRESULT rpcss_register_class(const CLSID *clsid, const void *objref, size_t size)
{
    size_t request_size = offsetof(struct register_request, objref) + size;
    struct register_request *request = NULL;
    RPC_BINDING_HANDLE binding = NULL;
    RPC_MESSAGE message;
    RPC_STATUS status;
    HRESULT hr = S_OK;

    if ((status = bind_rpcss(&binding))) return HRESULT_FROM_WIN32(status);
    if (is_registered(binding, clsid, objref, size)) goto done;

    hr = E_OUTOFMEMORY;
    if (!(request = calloc(1, request_size))) goto done;
    request->clsid = *clsid;
    request->flags = REGCLS_MULTIPLEUSE;
    request->referent = 0x20000;
    request->conformance = request->size = size;
    memcpy(request->objref, objref, size);

    status = call_rpcss(binding, RPCSS_SERVER_REGISTER, request, request_size, &message);
    if (status)
    {
        WARN("registering the class failed, error %ld\n", status);
        hr = HRESULT_FROM_WIN32(status);
        goto done;
    }
    /* cookie, result */
    hr = message.BufferLength >= 2 * sizeof(ULONG) ? ((HRESULT *)message.Buffer)[1] : RPC_E_INVALID_DATA;
    I_RpcFreeBuffer(&message);

done:
    free(request);
    RpcBindingFree(&binding);
    return hr;
}
