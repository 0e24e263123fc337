// Shrinking rows of 8-bit RGB as they come, in fixed point: every variant gives the same bytes.
#ifndef NFT_SHRINK_H
#define NFT_SHRINK_H

#include <stddef.h>
#include <stdint.h>

// Bits behind the point of a weight.
#define NFT_SHRINK_PRECISION 14

// Bytes that must be readable behind the end of every row.
#define NFT_SHRINK_OVERHANG 32

typedef enum nft_shrink_variant {
    NFT_SHRINK_PORTABLE = 0,
    NFT_SHRINK_AVX2 = 1,
} nft_shrink_variant;

// The fastest variant that this processor runs.
nft_shrink_variant nft_shrink_best_variant(void);

// Blends `length` rows of `size` bytes into one: out[i] is the sum of weights[t] * rows[t][i], rounded and clipped.
void nft_shrink_rows(nft_shrink_variant variant, const uint8_t *const *rows, const int16_t *weights, int32_t length,
                     uint8_t *out, size_t size);

// Shrinks one row of RGB pixels to `count` pixels: pixel x is the sum of weights[x * stride + t] * row[starts[x] + t] over
// t < lengths[x]. `stride` is a multiple of 4, and the weights from lengths[x] to the next multiple of 4 are zero.
void nft_shrink_columns(nft_shrink_variant variant, const uint8_t *row, int32_t count, int32_t stride,
                        const int32_t *starts, const int32_t *lengths, const int16_t *weights, uint8_t *out);

// Puts `count` RGBA pixels onto white, rounded exactly: 3 bytes a pixel, and up to NFT_SHRINK_OVERHANG bytes behind them are
// written as well.
void nft_flatten_rgba(nft_shrink_variant variant, const uint8_t *source, size_t count, uint8_t *out);

#endif
