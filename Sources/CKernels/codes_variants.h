// Inside CKernels: one set of functions for each instruction set; see codes.h for what they promise.
#ifndef NFT_CODES_VARIANTS_H
#define NFT_CODES_VARIANTS_H

#include "codes.h"

struct nft_codes_kernel {
    void (*scan)(
        const struct nft_code_layout *, const uint8_t *, const uint8_t *, size_t, struct nft_code_query *, size_t);
    void (*centroid_sums)(
        const uint8_t *, size_t, size_t, const int8_t *, size_t, size_t, int32_t *, size_t);
    void (*row_sums)(
        const uint8_t *, size_t, const uint32_t *, size_t, const int8_t *, const int8_t *, int32_t *);
    void (*project)(const float *, size_t, size_t, const float *, float *);
};

extern const struct nft_codes_kernel nft_codes_scalar;
#if defined(__x86_64__)
extern const struct nft_codes_kernel nft_codes_avx2, nft_codes_avx512;
#elif defined(__aarch64__)
extern const struct nft_codes_kernel nft_codes_neon;
#endif

static inline size_t nft_code_rows(const struct nft_code_layout *layout) {
    return layout->rows4 + layout->rows2 + layout->rows1;
}

/// Rows ahead that are fetched into the cache while one is worked on.
enum { NFT_ROWS_AHEAD = 16 };

/// Appends the vectors of the block at `first` whose bits are set in `mask`.
static inline void nft_codes_emit(
    uint32_t mask, size_t first, const int32_t *first_sums, const int32_t *sums, struct nft_code_query *query) {
    while (mask) {
        unsigned v = (unsigned)__builtin_ctz(mask);
        mask &= mask - 1;
        query->positions[query->found] = (uint32_t)(first + v);
        if (query->first_sums) query->first_sums[query->found] = first_sums[v];
        query->sums[query->found++] = sums[v];
    }
}

/// The bits of the vectors that the block at `first` has.
static inline uint32_t nft_codes_present(size_t first, size_t count) {
    return count - first >= NFT_CODES_BLOCK ? 0xffff : (1u << (count - first)) - 1;
}

#endif
