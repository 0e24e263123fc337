#include "CReference.h"

// A fused multiply-add would round once where NumPy rounds twice.
#pragma STDC FP_CONTRACT OFF

/// The `index`-th output of splitmix64 (Steele, Lea and Flood, 2014).
static uint64_t random_bits(uint64_t seed, uint64_t index) {
    uint64_t x = seed + (index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static float weight(uint64_t seed, uint64_t index, double mean, double step) {
    uint64_t x = random_bits(seed, index);
    int64_t sum = (int64_t)(x & 0xFFFF) + (int64_t)(x >> 16 & 0xFFFF) + (int64_t)(x >> 32 & 0xFFFF) + (int64_t)(x >> 48);
    return (float)(mean + (double)(sum - 131070) * step);
}

void nft_reference_weights(
    float *out, uint64_t seed, int64_t rows, int64_t columns, int transposed, double mean, double step) {
    if (!transposed) {
        for (int64_t i = 0; i < rows * columns; i++) out[i] = weight(seed, (uint64_t)i, mean, step);
        return;
    }
    for (int64_t column = 0; column < columns; column++)
        for (int64_t row = 0; row < rows; row++)
            *out++ = weight(seed, (uint64_t)(row * columns + column), mean, step);
}
