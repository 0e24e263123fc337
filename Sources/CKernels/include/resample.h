// Resampling of 8-bit RGB pictures, bit for bit as Pillow's Image.resize computes it.
#ifndef NFT_RESAMPLE_H
#define NFT_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

// Bits behind the point of a fixed-point coefficient.
#define NFT_RESAMPLE_PRECISION 22

// One axis of a resampling: output i is the sum over t < lengths[i] of
// coefficients[i * stride + t] * source[starts[i] + t]. `stride` is a multiple of 4 and what lies between lengths[i] and
// the next multiple of 4 is zero.
typedef struct nft_resample_axis {
    int32_t count;
    int32_t stride;
    const int32_t *starts;
    const int32_t *lengths;
    const int32_t *coefficients;
} nft_resample_axis;

typedef enum nft_resample_variant {
    NFT_RESAMPLE_PORTABLE = 0,
    NFT_RESAMPLE_AVX2 = 1,
    NFT_RESAMPLE_AVX512 = 2,
} nft_resample_variant;

// The fastest variant that this processor runs. All variants give the same bytes.
nft_resample_variant nft_resample_best_variant(void);

// Bytes of scratch memory that nft_resample_rgb needs.
size_t nft_resample_scratch_size(int32_t width, nft_resample_axis columns, nft_resample_axis rows);

// Resamples `source` (height rows of width interleaved RGB bytes) first along its rows, then along its columns, rounding
// to 8 bits after each pass. Writes rows.count rows of columns.count interleaved RGB bytes to `out`.
void nft_resample_rgb(nft_resample_variant variant, const uint8_t *source, int32_t width, int32_t height,
                      nft_resample_axis columns, nft_resample_axis rows, uint8_t *scratch, uint8_t *out);

// As nft_resample_rgb, but each output row goes through `table` (as in nft_rgb_to_planes) straight into three planes of
// floats: output pixel (x, y) of channel c is planes[c * plane + y * stride + x]. `scratch` has room for
// nft_resample_scratch_size bytes and one more row of the output, rounded up to 16 bytes.
void nft_resample_to_planes(nft_resample_variant variant, const uint8_t *source, int32_t width, int32_t height,
                            nft_resample_axis columns, nft_resample_axis rows, uint8_t *scratch, const float *table,
                            float *planes, size_t stride, size_t plane);

// Exchanges rows and columns: `width` rows of `height` pixels.
void nft_transpose_rgb(const uint8_t *source, int32_t width, int32_t height, uint8_t *out);

// Splits `count` interleaved RGB bytes into three planes of `count` floats; channel c of byte value v is
// table[256 * c + v].
void nft_rgb_to_planes(const uint8_t *rgb, size_t count, const float *table, float *planes);

#endif
