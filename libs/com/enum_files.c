/*
 * The list of a job's files.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "com/com.h"
#include "com/enumerator.h"

struct file_item
{
    struct file *file;
    enum com_access access; /* of whoever asked for the list */
};

static HRESULT give(struct com_service *service, const void *context, void *element)
{
    const struct file_item *item = context;

    return com_file_create_with_access(service, item->file, item->access, &IID_IBackgroundCopyFile, element);
}

static void addref(const void *item)
{
    file_addref(((const struct file_item *)item)->file);
}

static void release(const void *item)
{
    file_release(((const struct file_item *)item)->file);
}

static const IEnumBackgroundCopyFilesVtbl vtbl = {
    COM_ENUM_METHODS(IEnumBackgroundCopyFiles, IBackgroundCopyFile *),
    COM_ENUM_GET_COUNT(IEnumBackgroundCopyFiles),
};

static const struct com_enum_type type = {
    .vtbl = &vtbl,
    .iid = &IID_IEnumBackgroundCopyFiles,
    .item_size = sizeof(struct file_item),
    .element_size = sizeof(IBackgroundCopyFile *),
    .give = give,
    .addref = addref,
    .release = release,
};

HRESULT com_enum_files_create(struct com_service *service, struct job *job, enum com_access access,
                              IEnumBackgroundCopyFiles **out)
{
    unsigned int capacity = job_file_count(job), count;
    struct file_item *items = NULL;

    *out = NULL;
    if (capacity && !(items = calloc(capacity, sizeof(*items)))) return E_OUTOFMEMORY;
    for (count = 0; count < capacity && (items[count].file = job_get_file(job, count)); count++)
        items[count].access = access;
    return com_enum_create(&type, service, items, count, (void **)out);
}
