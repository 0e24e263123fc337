// Inside CKernels: one set of functions for each instruction set; see float16.h for what they promise.
#ifndef NFT_FLOAT16_VARIANTS_H
#define NFT_FLOAT16_VARIANTS_H

#include <stddef.h>
#include <stdint.h>

#include "float16.h"

struct nft_f16_kernel {
    void (*from_f32)(const float *, uint16_t *, size_t);
    void (*to_f32)(const uint16_t *, float *, size_t);
    void (*dot_f32)(const uint16_t *, size_t, size_t, const float *, float *);
    double (*dot_f64)(const uint16_t *, size_t, const float *);
    void (*dot_many)(const float *, size_t, size_t, const float *, size_t, float *, size_t);
    void (*correct)(const struct nft_correction *, size_t, const float *, size_t, float *);
};

/// Rows that stay in the first cache while all queries pass.
enum { NFT_F16_ROWS_TOGETHER = 8 };

uint16_t nft_f16_round(float value);
float nft_f16_widen(uint16_t half);

extern const struct nft_f16_kernel nft_f16_scalar;
#if defined(__x86_64__)
extern const struct nft_f16_kernel nft_f16_avx2;
extern const struct nft_f16_kernel nft_f16_avx512;
#elif defined(__aarch64__)
extern const struct nft_f16_kernel nft_f16_neon;
#endif

#endif
