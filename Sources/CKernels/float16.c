#include "float16.h"

#include "float16_variants.h"

int nft_f16_kernel_supported(int kernel) {
    switch (kernel) {
    case NFT_F16_SCALAR:
        return 1;
#if defined(__x86_64__)
    case NFT_F16_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    case NFT_F16_AVX512:
        return __builtin_cpu_supports("avx512f") && nft_f16_kernel_supported(NFT_F16_AVX2);
#elif defined(__aarch64__)
    case NFT_F16_NEON:
        return 1;
#endif
    default:
        return 0;
    }
}

int nft_f16_kernel_best(void) {
    // AVX2 before AVX-512: the scan is bound by memory, and widening 16 values at once is no faster than 8 and 8 (Zen 4:
    // 18,000 rows of 512 in 0.65 ms with AVX2, 0.86 ms with AVX-512; four rows at a time took 1.8 ms).
    static const int preferred[] = {NFT_F16_NEON, NFT_F16_AVX2, NFT_F16_AVX512};
    for (size_t i = 0; i < sizeof preferred / sizeof *preferred; i++) {
        if (nft_f16_kernel_supported(preferred[i])) return preferred[i];
    }
    return NFT_F16_SCALAR;
}

static const struct nft_f16_kernel *variant(int kernel) {
    switch (kernel) {
#if defined(__x86_64__)
    case NFT_F16_AVX2:
        return &nft_f16_avx2;
    case NFT_F16_AVX512:
        return &nft_f16_avx512;
#elif defined(__aarch64__)
    case NFT_F16_NEON:
        return &nft_f16_neon;
#endif
    default:
        return &nft_f16_scalar;
    }
}

void nft_f16_from_f32(int kernel, const float *source, uint16_t *target, size_t count) {
    variant(kernel)->from_f32(source, target, count);
}

void nft_f16_to_f32(int kernel, const uint16_t *source, float *target, size_t count) {
    variant(kernel)->to_f32(source, target, count);
}

void nft_f16_dot_f32(int kernel, const uint16_t *rows, size_t stride, size_t count, const float *query, float *scores) {
    variant(kernel)->dot_f32(rows, stride, count, query, scores);
}

double nft_f16_dot_f64(int kernel, const uint16_t *row, size_t stride, const float *query) {
    return variant(kernel)->dot_f64(row, stride, query);
}

void nft_f32_dot_many(
    int kernel, const float *rows, size_t row_count, size_t stride, const float *queries, size_t query_count,
    float *scores, size_t score_stride) {
    variant(kernel)->dot_many(rows, row_count, stride, queries, query_count, scores, score_stride);
}

struct nft_correction nft_f16_correction(const float *source, const uint16_t *row, size_t dimension) {
    uint16_t largest = 0;
    size_t component = 0;
    for (size_t i = 0; i < dimension; i++) {
        // Without the sign, halves are ordered as their bits are.
        uint16_t magnitude = row[i] & 0x7fff;
        largest = magnitude > largest ? magnitude : largest;
    }
    while (component < dimension && (row[component] & 0x7fff) != largest) component++;
    if (component == dimension) return (struct nft_correction){0, 0};
    uint16_t residual = nft_f16_round(source[component] - nft_f16_widen(row[component]));
    if ((residual & 0x7fff) == 0) return (struct nft_correction){0, 0};
    return (struct nft_correction){(uint16_t)component, residual};
}

float nft_f16_residual(struct nft_correction correction, size_t dimension) {
    return correction.component < dimension ? nft_f16_widen(correction.residual) : 0;
}

void nft_f16_correct(
    int kernel, const struct nft_correction *corrections, size_t count, const float *query, size_t dimension,
    float *scores) {
    variant(kernel)->correct(corrections, count, query, dimension, scores);
}

double nft_f16_score(
    int kernel, const uint16_t *row, size_t stride, struct nft_correction correction, const float *query,
    size_t dimension) {
    double score = nft_f16_dot_f64(kernel, row, stride, query);
    if (correction.component >= dimension) return score;
    return score + (double)query[correction.component] * (double)nft_f16_widen(correction.residual);
}

uint64_t nft_f32_not_below(const float *scores, size_t count, float threshold) {
    uint64_t mask = 0;
    for (size_t i = 0; i < count; i++) mask |= (uint64_t)!(scores[i] < threshold) << i;
    return mask;
}
