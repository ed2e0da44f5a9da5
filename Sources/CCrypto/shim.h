// What is used of OpenSSL's libcrypto, which libcurl brings along.
#ifndef CURLEW_CCRYPTO_SHIM_H
#define CURLEW_CCRYPTO_SHIM_H

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stddef.h>

// HMAC(3): "HMAC() computes the message authentication code of the data_len bytes at data using the hash function evp_md and
// the key key which is key_len bytes long. [...] It returns a pointer to the message authentication code or NULL if an
// error occurred." With EVP_sha256() it writes 32 bytes to `code`. Returns whether it did.
static inline int curlew_hmac_sha256(const void *key, int key_length, const unsigned char *data, size_t length,
                                     unsigned char *code) {
    unsigned int written = 0;
    return HMAC(EVP_sha256(), key, key_length, data, length, code, &written) != NULL && written == 32;
}

// EVP_Digest(3): "A wrapper around the Digest Init_ex, Update and Final_ex functions. [...] Returns 1 for success and 0 for
// failure." With EVP_sha256() it writes 32 bytes to `digest`. Returns whether it did.
static inline int curlew_sha256(const void *data, size_t length, unsigned char *digest) {
    unsigned int written = 0;
    return EVP_Digest(data, length, digest, &written, EVP_sha256(), NULL) == 1 && written == 32;
}

// CRYPTO_memcmp(3): "compares the len bytes pointed to by a and b for equality. It takes an amount of time dependent on len, but
// independent of the contents of the memory regions".
static inline int curlew_equal(const void *one, const void *other, size_t length) {
    return CRYPTO_memcmp(one, other, length) == 0;
}

#endif
