/*
 * A doubly linked list whose links are members of what it links (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_LIST_H
#define WINE_BITS_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list
{
    struct list *next, *prev;
};

/* An empty list, or an element that is in none. */
static inline void list_init(struct list *list)
{
    list->next = list->prev = list;
}

/* For an element: it is in no list. */
static inline bool list_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_add_tail(struct list *list, struct list *element)
{
    element->next = list;
    element->prev = list->prev;
    list->prev->next = element;
    list->prev = element;
}

/* Harmless for an element that is in no list. */
static inline void list_remove(struct list *element)
{
    element->next->prev = element->prev;
    element->prev->next = element->next;
    list_init(element);
}

#define LIST_ENTRY_OF(element, type, member) ((type *)((char *)(element)-offsetof(type, member)))

#define LIST_FOR_EACH(cursor, list, type, member) \
    for ((cursor) = LIST_ENTRY_OF((list)->next, type, member); &(cursor)->member != (list); \
         (cursor) = LIST_ENTRY_OF((cursor)->member.next, type, member))

/* The cursor's element may be removed. */
#define LIST_FOR_EACH_SAFE(cursor, after, list, type, member) \
    for ((cursor) = LIST_ENTRY_OF((list)->next, type, member), \
        (after) = LIST_ENTRY_OF((cursor)->member.next, type, member); \
         &(cursor)->member != (list); \
         (cursor) = (after), (after) = LIST_ENTRY_OF((cursor)->member.next, type, member))

#endif
