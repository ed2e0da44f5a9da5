// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
// A sanitizer must see each piece come and go.
#define CURLEW_KEEPS_NO_MEMORY 1
#endif
#endif

// A piece of malloc's takes a multiple of 16 bytes, 32 at the least, of which 8 are malloc's own.
enum { CURLEW_UNIT = 16, CURLEW_SIZES = 192 };

struct curlew_piece {
    struct curlew_piece *next;
};

struct curlew_kept {
    // How many bytes may be kept, and are.
    size_t limit;
    size_t held;
    struct curlew_piece *pieces[CURLEW_SIZES];
};

static __thread struct curlew_kept curlew_kept;

void *curlew_allocate(size_t bytes) {
    // Asked before anything is added, which could overflow.
    if (bytes > (CURLEW_SIZES - 2) * CURLEW_UNIT) return malloc(bytes);
    size_t size = bytes <= 24 ? 2 : (bytes + 23) / CURLEW_UNIT;
    struct curlew_piece *piece = curlew_kept.pieces[size];
    if (!piece) return malloc(bytes);
    curlew_kept.pieces[size] = piece->next;
    curlew_kept.held -= size * CURLEW_UNIT;
    return piece;
}

static __attribute__((noinline)) void keep_or_free(void *memory) {
    if (curlew_kept.limit) {
        size_t size = (malloc_usable_size(memory) + 8) / CURLEW_UNIT;
        if (size < CURLEW_SIZES && curlew_kept.held + size * CURLEW_UNIT <= curlew_kept.limit) {
            struct curlew_piece *piece = (struct curlew_piece *)memory;
            piece->next = curlew_kept.pieces[size];
            curlew_kept.pieces[size] = piece;
            curlew_kept.held += size * CURLEW_UNIT;
            return;
        }
    }
    free(memory);
}

// Two thirds of what libcurl frees is nothing: for that no register need be saved.
void curlew_free(void *memory) {
    if (memory) keep_or_free(memory);
}

void *curlew_allocate_zeroed(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *memory = curlew_allocate(bytes);
    // Else the compiler sees through it, and calls calloc.
    __asm__ volatile("" : "+r"(memory));
    return memory ? memset(memory, 0, bytes) : NULL;
}

void *curlew_reallocate(void *memory, size_t bytes) {
    if (!memory) return curlew_allocate(bytes);
    size_t before = malloc_usable_size(memory);
    // Large ones malloc may grow where they are, or move without copying.
    if (before >= CURLEW_SIZES * CURLEW_UNIT) return realloc(memory, bytes);
    if (bytes <= before) return memory;
    void *larger = curlew_allocate(bytes);
    if (!larger) return NULL;
    memcpy(larger, memory, before);
    curlew_free(memory);
    return larger;
}

char *curlew_duplicate(const char *text) {
    size_t bytes = strlen(text) + 1;
    void *memory = curlew_allocate(bytes);
    return memory ? (char *)memcpy(memory, text, bytes) : NULL;
}

void curlew_keep_memory(size_t limit) {
#ifndef CURLEW_KEEPS_NO_MEMORY
    curlew_kept.limit = limit;
#endif
    for (size_t size = 0; size < CURLEW_SIZES; size++) {
        while (curlew_kept.pieces[size]) {
            struct curlew_piece *piece = curlew_kept.pieces[size];
            curlew_kept.pieces[size] = piece->next;
            free(piece);
        }
    }
    curlew_kept.held = 0;
}
