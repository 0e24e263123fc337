#include "ranking.h"

#include <math.h>
#include <string.h>

#pragma clang fp contract(off)

// Largest and smallest numbers are found in this many lanes, since the compiler may not reorder comparisons by itself.
enum { LANES = 16 };

static float largest(const float *vector, size_t count) {
    float max[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= count; j += LANES) {
        for (size_t i = 0; i < LANES; i++) {
            float magnitude = fabsf(vector[j + i]);
            max[i] = magnitude > max[i] ? magnitude : max[i];
        }
    }
    for (; j < count; j++) {
        float magnitude = fabsf(vector[j]);
        max[0] = magnitude > max[0] ? magnitude : max[0];
    }
    for (size_t i = 1; i < LANES; i++) max[0] = max[i] > max[0] ? max[i] : max[0];
    return max[0];
}

static void range(const float *values, size_t count, float *low, float *high) {
    float lows[LANES], highs[LANES];
    for (size_t i = 0; i < LANES; i++) lows[i] = highs[i] = values[0];
    size_t j = 0;
    for (; j + LANES <= count; j += LANES) {
        for (size_t i = 0; i < LANES; i++) {
            lows[i] = values[j + i] < lows[i] ? values[j + i] : lows[i];
            highs[i] = values[j + i] > highs[i] ? values[j + i] : highs[i];
        }
    }
    for (; j < count; j++) {
        lows[0] = values[j] < lows[0] ? values[j] : lows[0];
        highs[0] = values[j] > highs[0] ? values[j] : highs[0];
    }
    for (size_t i = 1; i < LANES; i++) {
        lows[0] = lows[i] < lows[0] ? lows[i] : lows[0];
        highs[0] = highs[i] > highs[0] ? highs[i] : highs[0];
    }
    *low = lows[0];
    *high = highs[0];
}

// Adding and taking off 1.5·2^23 rounds a number below 2^22 to the nearest whole one, ties to even, and is vectorised
// everywhere.
static inline int32_t rounded(float value) {
    float shifted = value + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4b400000;
}

float nft_split_query(const float *vector, size_t dimension, size_t padded, int8_t *high, int8_t *low) {
    float max = largest(vector, dimension), factor = max > 0 ? 16256 / max : 0;
    for (size_t j = 0; j < dimension; j++) {
        int32_t value = rounded(vector[j] * factor), part = (value + 64) >> 7;
        high[j] = (int8_t)part;
        low[j] = (int8_t)(value - part * 128);
    }
    memset(high + dimension, 0, padded - dimension);
    memset(low + dimension, 0, padded - dimension);
    return max / 16256;
}

float nft_round_int8(const float *vector, size_t dimension, int8_t *target) {
    float max = largest(vector, dimension), factor = max > 0 ? 127 / max : 0;
    for (size_t j = 0; j < dimension; j++) target[j] = (int8_t)rounded(vector[j] * factor);
    return max / 127;
}

float nft_round_bytes(const float *vector, size_t dimension, size_t padded, uint8_t *target) {
    float max = largest(vector, dimension), factor = max > 0 ? 127 / max : 0;
    for (size_t j = 0; j < dimension; j++) target[j] = (uint8_t)(rounded(vector[j] * factor) + 128);
    memset(target + dimension, 128, padded - dimension);
    return max / 127;
}

static void round_codes(
    const float *coordinates, const float *inverse_steps, float inverse_scale, size_t count, int bits, uint8_t *values) {
    float middle = (float)(1 << (bits - 1)), top = (float)((1 << bits) - 1);
    for (size_t a = 0; a < count; a++) {
        float value = floorf(coordinates[a] * inverse_steps[a] * inverse_scale + middle);
        value = value > 0 ? value : 0;
        values[a] = (uint8_t)(value < top ? value : top);
    }
}

void nft_round_codes(
    const struct nft_code_layout *layout, const float *coordinates, const float *inverse_steps, float inverse_scale,
    uint8_t *values) {
    size_t counts[3] = {8 * layout->rows4, 16 * layout->rows2, 32 * layout->rows1};
    for (int kind = 0; kind < 3; kind++) {
        round_codes(coordinates, inverse_steps, inverse_scale, counts[kind], 4 >> kind, values);
        coordinates += counts[kind];
        inverse_steps += counts[kind];
        values += counts[kind];
    }
}

void nft_centroid_scores(
    const int32_t *sums, size_t count, const float *scales, int32_t bias_high, int32_t bias_low, float scale,
    float *scores) {
    const int32_t *low = sums + count;
    for (size_t i = 0; i < count; i++) {
        float high_part = (float)(sums[i] - bias_high) * 128.0f, low_part = (float)(low[i] - bias_low);
        scores[i] = (high_part + low_part) * scales[i] * scale;
    }
}

void nft_list_scores(
    const int32_t *sums, size_t count, const uint32_t *lists, const float *scales, int32_t bias_high, int32_t bias_low,
    float scale, float *scores) {
    for (size_t i = 0; i < count; i++) {
        float high_part = (float)(sums[2 * i] - bias_high) * 128.0f, low_part = (float)(sums[2 * i + 1] - bias_low);
        scores[i] = (high_part + low_part) * scales[lists[i]] * scale;
    }
}

void nft_sum_scores(
    const int32_t *sums, size_t count, float unit, float offset, float weight, const float *radii, float *scores) {
    for (size_t i = 0; i < count; i++) scores[i] = unit * ((float)sums[i] + offset) + weight * radii[i];
}

void nft_list_keys(
    const float *bases, size_t count, const uint32_t *lists, const float *radii, float weight, float *keys) {
    for (size_t i = 0; i < count; i++) keys[i] = bases[i] + weight * radii[lists[i]];
}

void nft_nearest(
    const int32_t *sums, size_t count, const float *scales, const float *halves, const int32_t *biases,
    const float *query_scales, size_t query_count, uint32_t *nearest) {
    for (size_t q = 0; q < query_count; q++, sums += count) {
        float best[16], scale = query_scales[q];
        int32_t index[16], bias = biases[q];
        for (int i = 0; i < 16; i++) {
            best[i] = -INFINITY;
            index[i] = 0;
        }
        for (size_t c = 0; c < count; c += 16) {
            for (int i = 0; i < 16; i++) {
                float score = (float)(sums[c + (size_t)i] - bias) * scales[c + (size_t)i] * scale - halves[c + (size_t)i];
                index[i] = score > best[i] ? (int32_t)c : index[i];
                best[i] = score > best[i] ? score : best[i];
            }
        }
        size_t lane = 0;
        for (size_t i = 1; i < 16; i++) {
            if (best[i] > best[lane] || (best[i] == best[lane] && index[i] + (int32_t)i < index[lane] + (int32_t)lane)) {
                lane = i;
            }
        }
        nearest[q] = (uint32_t)index[lane] + (uint32_t)lane;
    }
}

// MARK: The order of lists

size_t nft_order(const float *keys, size_t count, size_t wanted, uint16_t *intervals, uint32_t *numbers) {
    enum { INTERVALS = 1024 };
    if (count == 0 || wanted == 0) return 0;
    float low, high;
    range(keys, count, &low, &high);
    // What is wanted lies in the upper part when few are wanted; there the intervals are narrower.
    float factor = high > low ? (INTERVALS - 1) / (high - low) : 0;
    uint32_t counts[INTERVALS] = {0};
    for (size_t i = 0; i < count; i++) {
        float distance = (high - keys[i]) * factor;
        intervals[i] = (uint16_t)(int32_t)(distance < INTERVALS - 1 ? distance : INTERVALS - 1);
    }
    for (size_t i = 0; i < count; i++) counts[intervals[i]]++;
    uint32_t total = 0;
    size_t last = 0;
    for (; last < INTERVALS; last++) {
        uint32_t here = counts[last];
        counts[last] = total;
        total += here;
        if (total >= wanted) break;
    }
    for (size_t i = 0; i < count; i++) {
        if (intervals[i] <= last) numbers[counts[intervals[i]]++] = (uint32_t)i;
    }
    return total < wanted ? total : wanted;
}
