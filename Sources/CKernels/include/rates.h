// How fast this processor multiplies and adds, in registers: what its arithmetic can give at most.
#ifndef NFT_RATES_H
#define NFT_RATES_H

typedef enum nft_rate_format {
    NFT_RATE_F32 = 0,
    // Pairs of bfloat16 added to single precision (VDPBF16PS).
    NFT_RATE_BF16 = 1,
    // Four bytes each added to a 32-bit integer (VPDPBUSD).
    NFT_RATE_INT8 = 2,
} nft_rate_format;

// Measured operations a second of one core, in units of 10^9; a multiplication and an addition are two. 0 where the
// processor, or this code, has no instruction for the format. Takes about a millisecond.
double nft_multiply_add_rate(nft_rate_format format);

// Whether processor and system have tiles that multiply bfloat16 (AMX-BF16): many times the rate of vectors.
int nft_has_bf16_tiles(void);

// Whether there are vector instructions for bfloat16 (AVX512_BF16).
int nft_has_bf16_vectors(void);

#endif
