// SPDX-License-Identifier: Apache-2.0
//
// Memory for libcurl, which asks for and frees some thirty small pieces in every request. A thread that says so keeps what
// libcurl frees, for what it asks for next.
//
// glibc keeps freed pieces by thread too, but seven of each size, and the requests of one turn of the loop are many more;
// calloc does not use them at all before 2.41. What is kept here are pieces of malloc's, so a thread may free what another
// has asked for, and threads that have not said so, such as libcurl's own for names, use malloc as it is.
#ifndef CURLEW_MEMORY_H
#define CURLEW_MEMORY_H

#include <stddef.h>

// As malloc, free, realloc, calloc and strdup; `bytes` of curlew_reallocate is never 0.
void *curlew_allocate(size_t bytes);
void curlew_free(void *memory);
void *curlew_reallocate(void *memory, size_t bytes);
void *curlew_allocate_zeroed(size_t count, size_t size);
char *curlew_duplicate(const char *text);

// Frees what this thread has kept, and lets it keep so many bytes from now on. A thread must say 0 before it ends.
void curlew_keep_memory(size_t limit);

#endif
