#include <string.h>

#include "float16_variants.h"

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t nft_f16_round(float value) {
    uint32_t bits = bits_of(value);
    uint32_t sign = (bits >> 16) & 0x8000;
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | ((magnitude >> 13) & 0x3ff));  // quiet NaN
    if (magnitude >= 0x47800000) return (uint16_t)(sign | 0x7c00);                               // 65536 and more
    if (magnitude < 0x33000000) return (uint16_t)sign;                                           // below 2^-25
    if (magnitude < 0x38800000) {
        // Subnormal in binary16: count units of 2^-24.
        uint32_t significand = (magnitude & 0x7fffff) | 0x800000;
        uint32_t shift = 126 - (magnitude >> 23);
        uint32_t units = significand >> shift;
        uint32_t rest = significand & ((1u << shift) - 1);
        uint32_t middle = 1u << (shift - 1);
        units += rest > middle || (rest == middle && (units & 1));
        return (uint16_t)(sign | units);
    }
    uint32_t rebased = magnitude - 0x38000000;
    rebased += 0xfff + ((rebased >> 13) & 1);  // to nearest, ties to even; may carry into infinity, as it should
    return (uint16_t)(sign | (rebased >> 13));
}

float nft_f16_widen(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t magnitude = half & 0x7fff;
    if (magnitude > 0x7c00) return float_of(sign | 0x7fc00000 | (magnitude & 0x3ff) << 13);
    if (magnitude == 0x7c00) return float_of(sign | 0x7f800000);
    if (magnitude >= 0x400) return float_of(sign | ((magnitude << 13) + 0x38000000));
    return float_of(sign | bits_of((float)magnitude * 0x1p-24f));
}

static void from_f32(const float *source, uint16_t *target, size_t count) {
    for (size_t i = 0; i < count; i++) target[i] = nft_f16_round(source[i]);
}

static void to_f32(const uint16_t *source, float *target, size_t count) {
    for (size_t i = 0; i < count; i++) target[i] = nft_f16_widen(source[i]);
}

static void dot_f32(const uint16_t *rows, size_t stride, size_t count, const float *query, float *scores) {
    for (size_t r = 0; r < count; r++) {
        const uint16_t *row = rows + r * stride;
        float sums[16] = {0};
        for (size_t i = 0; i < stride; i += 16) {
            for (size_t j = 0; j < 16; j++) sums[j] += nft_f16_widen(row[i + j]) * query[i + j];
        }
        for (size_t width = 8; width > 0; width /= 2) {
            for (size_t j = 0; j < width; j++) sums[j] += sums[j + width];
        }
        scores[r] = sums[0];
    }
}

static double dot_f64(const uint16_t *row, size_t stride, const float *query) {
    double s[8] = {0};
    for (size_t i = 0; i < stride; i += 8) {
        for (size_t j = 0; j < 8; j++) s[j] += (double)nft_f16_widen(row[i + j]) * (double)query[i + j];
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static void dot_many(
    const float *rows, size_t row_count, size_t stride, const float *queries, size_t query_count, float *scores,
    size_t score_stride) {
    for (size_t q = 0; q < query_count; q++) {
        for (size_t r = 0; r < row_count; r++) {
            float sums[16] = {0};
            for (size_t i = 0; i < stride; i += 16) {
                for (size_t j = 0; j < 16; j++) sums[j] += rows[r * stride + i + j] * queries[q * stride + i + j];
            }
            for (size_t width = 8; width > 0; width /= 2) {
                for (size_t j = 0; j < width; j++) sums[j] += sums[j + width];
            }
            scores[q * score_stride + r] = sums[0];
        }
    }
}

static void correct(
    const struct nft_correction *corrections, size_t count, const float *query, size_t dimension, float *scores) {
    for (size_t i = 0; i < count; i++) {
        // A copy, as what is mapped may change after it was checked.
        struct nft_correction correction = corrections[i];
        if (correction.component >= dimension) continue;
        scores[i] += query[correction.component] * nft_f16_widen(correction.residual);
    }
}

const struct nft_f16_kernel nft_f16_scalar = {from_f32, to_f32, dot_f32, dot_f64, dot_many, correct};
