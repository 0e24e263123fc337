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

uint64_t nft_f32_not_below(const float *scores, size_t count, float threshold) {
    uint64_t mask = 0;
    for (size_t i = 0; i < count; i++) mask |= (uint64_t)!(scores[i] < threshold) << i;
    return mask;
}
