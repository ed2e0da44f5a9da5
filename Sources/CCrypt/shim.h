// Password hashing as /etc/shadow and htpasswd have it (crypt(3) of libxcrypt), in a shape that Swift can use: the state is
// 32 KiB of arrays, which it would import as tuples of that many elements.
#ifndef CURLEW_CCRYPT_SHIM_H
#define CURLEW_CCRYPT_SHIM_H

#include <crypt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// Declared here because glibc shows it to C only under _DEFAULT_SOURCE.
extern void explicit_bzero(void *memory, size_t size);

// The state that hashing needs, to be given back with curlew_crypt_free; NULL without memory.
static inline void *curlew_crypt_make(void) { return calloc(1, sizeof(struct crypt_data)); }

static inline void curlew_crypt_free(void *state) { free(state); }

// The hash of `phrase` by method, cost and salt of `setting`, within `state`; NULL if there is none. "crypt_rn will store NULL
// in that case, unlike crypt_r" (crypt(3)), whose token for failure could be taken for a hash.
static inline const char *curlew_crypt(const char *phrase, const char *setting, void *state) {
    return crypt_rn(phrase, setting, state, sizeof(struct crypt_data));
}

// Leaves nothing of the phrase in `state`. Not memset, which a compiler may leave out.
static inline void curlew_crypt_forget(void *state) { explicit_bzero(state, sizeof(struct crypt_data)); }

#endif
