// Inside CKernels: what both kernels for x86 use.
#ifndef NFT_CODES_X86_H
#define NFT_CODES_X86_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

/// Four weights, to be spread over a register.
static inline int32_t nft_four_weights(const int8_t *weights) {
    int32_t value;
    __builtin_memcpy(&value, weights, sizeof value);
    return value;
}

// Into the second cache: the first can wait for fewer lines at a time (Zen 4, 200 random rows: 34 ns each, not 48).
static inline void nft_fetch_row(const uint8_t *row, size_t stride) {
    for (size_t j = 0; j < stride; j += 64) _mm_prefetch((const char *)row + j, _MM_HINT_T1);
}

#endif
