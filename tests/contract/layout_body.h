/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two lists of layout.h for the headers included before; LIST and GUID_SYMBOL make the names. */

#define ONLY_MINGW

const struct layout_number LIST(numbers)[] = {
#define COM_INTERFACE(name, iid, slots) {#name, sizeof(name##Vtbl)},
#define SLOT(name, method, slot) {#name "::" #method, offsetof(name##Vtbl, method)},
#include "interfaces.inc"
#define TYPE(name, size32, size64) {#name, sizeof(name)},
#define FIELD(type, field, offset32, offset64) {#type "." #field, offsetof(type, field)},
#include "types.inc"
#define VALUE(name, expected) {#name, (unsigned long long)(name)},
#include "values.inc"
    {NULL, 0}};

const struct layout_guid LIST(guids)[] = {
#define GUID_OF(name) {#name, &GUID_SYMBOL(name)},
#include "mingw_guids.inc"
    {NULL, NULL}};
