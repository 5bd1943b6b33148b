/*
 * The words of Windows for codes of the system and of WinHTTP.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/wording.h"

#define SYSTEM(error) MAKE_HRESULT(SEVERITY_ERROR, FACILITY_WIN32, error)

/* As the lists of system, COM and WinHTTP error codes on Microsoft Learn and transcripts of programs give them. */
static const struct
{
    HRESULT code;
    const WCHAR *text;
} wordings[] = {
    {E_NOTIMPL, L"Not implemented"},
    {E_NOINTERFACE, L"No such interface supported"},
    {E_POINTER, L"Invalid pointer"},
    {E_ABORT, L"Operation aborted"},
    {E_FAIL, L"Unspecified error"},
    {E_UNEXPECTED, L"Catastrophic failure"},
    {RPC_E_DISCONNECTED, L"The object invoked has disconnected from its clients."},
    {REGDB_E_CLASSNOTREG, L"Class not registered"},
    {CO_E_SERVER_EXEC_FAILURE, L"Server execution failed"},
    {SYSTEM(ERROR_FILE_NOT_FOUND), L"The system cannot find the file specified."},
    {SYSTEM(ERROR_PATH_NOT_FOUND), L"The system cannot find the path specified."},
    {SYSTEM(ERROR_TOO_MANY_OPEN_FILES), L"The system cannot open the file."},
    {SYSTEM(ERROR_ACCESS_DENIED), L"Access is denied."},
    {SYSTEM(ERROR_INVALID_HANDLE), L"The handle is invalid."},
    {SYSTEM(ERROR_NOT_ENOUGH_MEMORY), L"Not enough memory resources are available to process this command."},
    {SYSTEM(ERROR_INVALID_DATA), L"The data is invalid."},
    {SYSTEM(ERROR_OUTOFMEMORY), L"Not enough memory resources are available to complete this operation."},
    {SYSTEM(ERROR_INVALID_DRIVE), L"The system cannot find the drive specified."},
    {SYSTEM(ERROR_NOT_SAME_DEVICE), L"The system cannot move the file to a different disk drive."},
    {SYSTEM(ERROR_WRITE_PROTECT), L"The media is write protected."},
    {SYSTEM(ERROR_NOT_READY), L"The device is not ready."},
    {SYSTEM(ERROR_CRC), L"Data error (cyclic redundancy check)."},
    {SYSTEM(ERROR_WRITE_FAULT), L"The system cannot write to the specified device."},
    {SYSTEM(ERROR_READ_FAULT), L"The system cannot read from the specified device."},
    {SYSTEM(ERROR_GEN_FAILURE), L"A device attached to the system is not functioning."},
    {SYSTEM(ERROR_SHARING_VIOLATION), L"The process cannot access the file because it is being used by another "
                                      L"process."},
    {SYSTEM(ERROR_LOCK_VIOLATION), L"The process cannot access the file because another process has locked a "
                                   L"portion of the file."},
    {SYSTEM(ERROR_HANDLE_EOF), L"Reached the end of the file."},
    {SYSTEM(ERROR_HANDLE_DISK_FULL), L"The disk is full."},
    {SYSTEM(ERROR_NOT_SUPPORTED), L"The request is not supported."},
    {SYSTEM(ERROR_BAD_NETPATH), L"The network path was not found."},
    {SYSTEM(ERROR_UNEXP_NET_ERR), L"An unexpected network error occurred."},
    {SYSTEM(ERROR_NETNAME_DELETED), L"The specified network name is no longer available."},
    {SYSTEM(ERROR_NETWORK_ACCESS_DENIED), L"Network access is denied."},
    {SYSTEM(ERROR_BAD_NET_NAME), L"The network name cannot be found."},
    {SYSTEM(ERROR_FILE_EXISTS), L"The file exists."},
    {SYSTEM(ERROR_CANNOT_MAKE), L"The directory or file cannot be created."},
    {SYSTEM(ERROR_INVALID_PASSWORD), L"The specified network password is not correct."},
    {SYSTEM(ERROR_INVALID_PARAMETER), L"The parameter is incorrect."},
    {SYSTEM(ERROR_BROKEN_PIPE), L"The pipe has been ended."},
    {SYSTEM(ERROR_OPEN_FAILED), L"The system cannot open the device or file specified."},
    {SYSTEM(ERROR_DISK_FULL), L"There is not enough space on the disk."},
    {SYSTEM(ERROR_SEM_TIMEOUT), L"The semaphore timeout period has expired."},
    {SYSTEM(ERROR_INSUFFICIENT_BUFFER), L"The data area passed to a system call is too small."},
    {SYSTEM(ERROR_INVALID_NAME), L"The filename, directory name, or volume label syntax is incorrect."},
    {SYSTEM(ERROR_BAD_PATHNAME), L"The specified path is invalid."},
    {SYSTEM(ERROR_BUSY), L"The requested resource is in use."},
    {SYSTEM(ERROR_ALREADY_EXISTS), L"Cannot create a file when that file already exists."},
    {SYSTEM(ERROR_FILENAME_EXCED_RANGE), L"The filename or extension is too long."},
    {SYSTEM(ERROR_DIRECTORY), L"The directory name is invalid."},
    {SYSTEM(ERROR_OPERATION_ABORTED), L"The I/O operation has been aborted because of either a thread exit or an "
                                      L"application request."},
    {SYSTEM(ERROR_SERVICE_REQUEST_TIMEOUT), L"The service did not respond to the start or control request in a "
                                            L"timely fashion."},
    {SYSTEM(ERROR_SERVICE_ALREADY_RUNNING), L"An instance of the service is already running."},
    {SYSTEM(ERROR_SERVICE_DISABLED), L"The service cannot be started, either because it is disabled or because it "
                                     L"has no enabled devices associated with it."},
    {SYSTEM(ERROR_SERVICE_DOES_NOT_EXIST), L"The specified service does not exist as an installed service."},
    {SYSTEM(ERROR_SERVICE_NOT_ACTIVE), L"The service has not been started."},
    {SYSTEM(ERROR_SHUTDOWN_IN_PROGRESS), L"A system shutdown is in progress."},
    {SYSTEM(ERROR_IO_DEVICE), L"The request could not be performed because of an I/O device error."},
    {SYSTEM(ERROR_NOT_FOUND), L"Element not found."},
    {SYSTEM(ERROR_CANCELLED), L"The operation was canceled by the user."},
    {SYSTEM(ERROR_CONNECTION_REFUSED), L"The remote computer refused the network connection."},
    {SYSTEM(ERROR_NETWORK_UNREACHABLE), L"The network location cannot be reached. For information about network "
                                        L"troubleshooting, see Windows Help."},
    {SYSTEM(ERROR_CONNECTION_ABORTED), L"The network connection was aborted by the local system."},
    {SYSTEM(ERROR_NOT_LOGGED_ON), L"The operation being requested was not performed because the user has not logged "
                                  L"on to the network. The specified service does not exist."},
    {SYSTEM(ERROR_LOGON_FAILURE), L"The user name or password is incorrect."},
    {SYSTEM(ERROR_FILE_CORRUPT), L"The file or directory is corrupted and unreadable."},
    {SYSTEM(ERROR_INVALID_INDEX), L"Invalid index."},
    {SYSTEM(ERROR_NO_SYSTEM_RESOURCES), L"Insufficient system resources exist to complete the requested service."},
    {SYSTEM(ERROR_TIMEOUT), L"This operation returned because the timeout period expired."},
    {SYSTEM(RPC_S_SERVER_UNAVAILABLE), L"The RPC server is unavailable."},
    {SYSTEM(RPC_S_CALL_FAILED), L"The remote procedure call failed."},
    {SYSTEM(RPC_S_CALL_FAILED_DNE), L"The remote procedure call failed and did not execute."},
    {SYSTEM(RPC_X_NULL_REF_POINTER), L"A null reference pointer was passed to the stub."},
    {SYSTEM(RPC_X_BAD_STUB_DATA), L"The stub received bad data."},
    {SYSTEM(12002), L"The operation timed out"},
    {SYSTEM(12007), L"The server name or address could not be resolved"},
    {SYSTEM(12029), L"A connection with the server could not be established"},
    {SYSTEM(12030), L"The connection with the server was terminated abnormally"},
    {SYSTEM(12152), L"The server returned an invalid or unrecognized response"},
};

const WCHAR *windows_wording(HRESULT code)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(wordings); i++)
        if (wordings[i].code == code) return wordings[i].text;
    return NULL;
}
