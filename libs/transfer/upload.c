/*
 * Moving one file there.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "transfer/internal.h"

void upload_file(struct run *run, struct file *file, void *buffer, size_t buffer_size, struct transfer_failure *failure)
{
    *failure = transfer_failure_of_network(TRANSFER_E_NOT_SUPPORTED, file->index);
    failure->transient = FALSE;
}
