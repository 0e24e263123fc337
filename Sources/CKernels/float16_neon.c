#if defined(__aarch64__)
#include <arm_neon.h>

#include "float16_variants.h"

static inline float32x4_t widen4(const uint16_t *source) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(source)));
}

static void from_f32(const float *source, uint16_t *target, size_t count) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) vst1_u16(target + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(source + i))));
    for (; i < count; i++) target[i] = nft_f16_round(source[i]);
}

static void to_f32(const uint16_t *source, float *target, size_t count) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) vst1q_f32(target + i, widen4(source + i));
    for (; i < count; i++) target[i] = nft_f16_widen(source[i]);
}

static void dot_f32(const uint16_t *rows, size_t stride, size_t count, const float *query, float *scores) {
    for (size_t r = 0; r < count; r++) {
        const uint16_t *row = rows + r * stride;
        float32x4_t a = vdupq_n_f32(0), b = a, c = a, d = a;
        for (size_t i = 0; i < stride; i += 16) {
            a = vfmaq_f32(a, widen4(row + i), vld1q_f32(query + i));
            b = vfmaq_f32(b, widen4(row + i + 4), vld1q_f32(query + i + 4));
            c = vfmaq_f32(c, widen4(row + i + 8), vld1q_f32(query + i + 8));
            d = vfmaq_f32(d, widen4(row + i + 12), vld1q_f32(query + i + 12));
        }
        scores[r] = vaddvq_f32(vaddq_f32(vaddq_f32(a, b), vaddq_f32(c, d)));
    }
}

static double dot_f64(const uint16_t *row, size_t stride, const float *query) {
    float64x2_t s01 = vdupq_n_f64(0), s23 = s01, s45 = s01, s67 = s01;
    for (size_t i = 0; i < stride; i += 8) {
        float32x4_t x0 = widen4(row + i), x1 = widen4(row + i + 4);
        float32x4_t y0 = vld1q_f32(query + i), y1 = vld1q_f32(query + i + 4);
        s01 = vfmaq_f64(s01, vcvt_f64_f32(vget_low_f32(x0)), vcvt_f64_f32(vget_low_f32(y0)));
        s23 = vfmaq_f64(s23, vcvt_high_f64_f32(x0), vcvt_high_f64_f32(y0));
        s45 = vfmaq_f64(s45, vcvt_f64_f32(vget_low_f32(x1)), vcvt_f64_f32(vget_low_f32(y1)));
        s67 = vfmaq_f64(s67, vcvt_high_f64_f32(x1), vcvt_high_f64_f32(y1));
    }
    float64x2_t pairs = vaddq_f64(vaddq_f64(s01, s45), vaddq_f64(s23, s67));
    return vgetq_lane_f64(pairs, 0) + vgetq_lane_f64(pairs, 1);
}

static inline float dot_one(const float *row, const float *query, size_t stride) {
    float32x4_t a = vdupq_n_f32(0), b = a, c = a, d = a;
    for (size_t i = 0; i < stride; i += 16) {
        a = vfmaq_f32(a, vld1q_f32(row + i), vld1q_f32(query + i));
        b = vfmaq_f32(b, vld1q_f32(row + i + 4), vld1q_f32(query + i + 4));
        c = vfmaq_f32(c, vld1q_f32(row + i + 8), vld1q_f32(query + i + 8));
        d = vfmaq_f32(d, vld1q_f32(row + i + 12), vld1q_f32(query + i + 12));
    }
    return vaddvq_f32(vaddq_f32(vaddq_f32(a, b), vaddq_f32(c, d)));
}

static void dot_many(
    const float *rows, size_t row_count, size_t stride, const float *queries, size_t query_count, float *scores,
    size_t score_stride) {
    for (size_t first = 0; first < row_count; first += NFT_F16_ROWS_TOGETHER) {
        size_t end = row_count - first < NFT_F16_ROWS_TOGETHER ? row_count : first + NFT_F16_ROWS_TOGETHER;
        for (size_t q = 0; q < query_count; q++) {
            for (size_t r = first; r < end; r++) {
                scores[q * score_stride + r] = dot_one(rows + r * stride, queries + q * stride, stride);
            }
        }
    }
}

static void correct(
    const struct nft_correction *corrections, size_t count, const float *query, size_t dimension, float *scores) {
    for (size_t i = 0; i < count; i += 4) {
        size_t end = count - i < 4 ? count - i : 4;
        uint16_t halves[4] = {0};
        float residuals[4];
        for (size_t j = 0; j < end; j++) halves[j] = corrections[i + j].residual;
        vst1q_f32(residuals, widen4(halves));
        for (size_t j = 0; j < end; j++) {
            size_t component = corrections[i + j].component;
            if (component < dimension) scores[i + j] += query[component] * residuals[j];
        }
    }
}

const struct nft_f16_kernel nft_f16_neon = {from_f32, to_f32, dot_f32, dot_f64, dot_many, correct};
#endif
