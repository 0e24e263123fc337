#if defined(__aarch64__)
#include <arm_neon.h>

#include "codes_variants.h"

#pragma clang fp contract(off)

static inline int8x16_t weights4(const int8_t *weights) {
    int32_t value;
    __builtin_memcpy(&value, weights, sizeof value);
    return vreinterpretq_s8_s32(vdupq_n_s32(value));
}

/// Adds the products of 16 small values with 4 weights, four neighbours a lane.
static inline int32x4_t add_products(int32x4_t sum, int8x16_t values, int8x16_t weights) {
    int16x8_t low = vmull_s8(vget_low_s8(values), vget_low_s8(weights));
    int16x8_t high = vmull_high_s8(values, weights);
    return vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
}

/// The same for bytes without sign.
static inline int32x4_t add_byte_products(int32x4_t sum, uint8x16_t values, int8x16_t weights) {
    int16x8_t w0 = vmovl_s8(vget_low_s8(weights)), w1 = vmovl_high_s8(weights);
    int16x8_t v0 = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(values)));
    int16x8_t v1 = vreinterpretq_s16_u16(vmovl_high_u8(values));
    int32x4_t a = vmull_s16(vget_low_s16(v0), vget_low_s16(w0)), b = vmull_high_s16(v0, w0);
    int32x4_t c = vmull_s16(vget_low_s16(v1), vget_low_s16(w1)), d = vmull_high_s16(v1, w1);
    return vaddq_s32(sum, vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d)));
}

/// Adds what rows `row` to `end` of a block contribute, which begin at `block`; returns the weights behind theirs.
static inline const int8_t *add_rows(
    const struct nft_code_layout *layout, const uint8_t *block, size_t row, size_t end, const int8_t *w,
    int32x4_t s[4]) {
    for (; row < end; row++, block += NFT_CODES_ROW) {
        int bits = row < layout->rows4 ? 4 : row < layout->rows4 + layout->rows2 ? 2 : 1;
        uint8x16_t mask = vdupq_n_u8((uint8_t)((1 << bits) - 1));
        uint8x16_t y[4] = {vld1q_u8(block), vld1q_u8(block + 16), vld1q_u8(block + 32), vld1q_u8(block + 48)};
        for (int shift = 0; shift < 8; shift += bits, w += 4) {
            int8x16_t weight = weights4(w), by = vdupq_n_s8((int8_t)-shift);
            for (int i = 0; i < 4; i++) {
                s[i] = add_products(s[i], vreinterpretq_s8_u8(vandq_u8(vshlq_u8(y[i], by), mask)), weight);
            }
        }
    }
    return w;
}

/// Stores 16 sums; returns which are above the threshold.
static inline uint32_t above(const int32x4_t s[4], int32_t threshold, int32_t out[16]) {
    for (int i = 0; i < 4; i++) vst1q_s32(out + 4 * i, s[i]);
    uint32_t mask = 0;
    for (unsigned v = 0; v < 16; v++) mask |= (uint32_t)(out[v] > threshold) << v;
    return mask;
}

static void scan_one(
    const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *q) {
    size_t rows = nft_code_rows(layout), first_rows = layout->first_rows;
    for (size_t start = 0; start < count; start += NFT_CODES_BLOCK) {
        int32x4_t s[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
        int32_t first_sums[16], sums[16];
        const int8_t *w = add_rows(layout, first, 0, first_rows, q->weights, s);
        uint32_t mask = above(s, q->first_threshold, first_sums) & nft_codes_present(start, count);
        if (mask) {
            add_rows(layout, rest, first_rows, rows, w, s);
            mask &= above(s, q->threshold, sums);
            nft_codes_emit(mask, start, first_sums, sums, q);
        }
        first += first_rows * NFT_CODES_ROW;
        rest += (rows - first_rows) * NFT_CODES_ROW;
    }
}

static void scan(
    const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *queries, size_t query_count) {
    for (struct nft_code_query *q = queries; q < queries + query_count; q++) scan_one(layout, first, rest, count, q);
}

static void centroid_sums(
    const uint8_t *blocks, size_t block_count, size_t groups, const int8_t *queries, size_t query_count,
    size_t query_stride, int32_t *sums, size_t sum_stride) {
    for (size_t b = 0; b < block_count; b++, blocks += groups * NFT_CODES_ROW) {
        for (size_t q = 0; q < query_count; q++) {
            const int8_t *query = queries + q * query_stride;
            int32x4_t s[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
            for (size_t g = 0; g < groups; g++) {
                int8x16_t w = weights4(query + 4 * g);
                for (int i = 0; i < 4; i++) {
                    s[i] = add_byte_products(s[i], vld1q_u8(blocks + g * NFT_CODES_ROW + 16 * i), w);
                }
            }
            for (int i = 0; i < 4; i++) vst1q_s32(sums + q * sum_stride + b * 16 + 4 * i, s[i]);
        }
    }
}

static void row_sums(
    const uint8_t *rows, size_t stride, const uint32_t *positions, size_t count, const int8_t *high, const int8_t *low,
    int32_t *sums) {
    for (size_t i = 0; i < count; i++) {
        if (i + NFT_ROWS_AHEAD < count) {
            for (size_t j = 0; j < stride; j += 64) {
                __builtin_prefetch(rows + positions[i + NFT_ROWS_AHEAD] * stride + j);
            }
        }
        const uint8_t *row = rows + positions[i] * stride;
        int32x4_t a = vdupq_n_s32(0), b = a;
        for (size_t j = 0; j < stride; j += 16) {
            uint8x16_t y = vld1q_u8(row + j);
            a = add_byte_products(a, y, vld1q_s8(high + j));
            b = add_byte_products(b, y, vld1q_s8(low + j));
        }
        sums[2 * i] = vaddvq_s32(a);
        sums[2 * i + 1] = vaddvq_s32(b);
    }
}

static void project(const float *axes, size_t dimension, size_t axis_count, const float *vector, float *out) {
    for (size_t a = 0; a < axis_count; a += 16) {
        float32x4_t s[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
        for (size_t j = 0; j < dimension; j++) {
            float32x4_t x = vdupq_n_f32(vector[j]);
            for (int i = 0; i < 4; i++) {
                s[i] = vaddq_f32(s[i], vmulq_f32(x, vld1q_f32(axes + j * axis_count + a + 4 * i)));
            }
        }
        for (int i = 0; i < 4; i++) vst1q_f32(out + a + 4 * i, s[i]);
    }
}

const struct nft_codes_kernel nft_codes_neon = {scan, centroid_sums, row_sums, project};
#endif
