#include "codes_variants.h"

int nft_codes_kernel_supported(int kernel) {
    switch (kernel) {
    case NFT_CODES_SCALAR:
        return 1;
#if defined(__x86_64__)
    case NFT_CODES_AVX2:
        return __builtin_cpu_supports("avx2");
    case NFT_CODES_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")
            && __builtin_cpu_supports("avx2");
#elif defined(__aarch64__)
    case NFT_CODES_NEON:
        return 1;
#endif
    default:
        return 0;
    }
}

int nft_codes_kernel_best(void) {
    static const int preferred[] = {NFT_CODES_AVX512, NFT_CODES_AVX2, NFT_CODES_NEON};
    for (size_t i = 0; i < sizeof preferred / sizeof *preferred; i++) {
        if (nft_codes_kernel_supported(preferred[i])) return preferred[i];
    }
    return NFT_CODES_SCALAR;
}

static const struct nft_codes_kernel *variant(int kernel) {
    switch (kernel) {
#if defined(__x86_64__)
    case NFT_CODES_AVX2:
        return &nft_codes_avx2;
    case NFT_CODES_AVX512:
        return &nft_codes_avx512;
#elif defined(__aarch64__)
    case NFT_CODES_NEON:
        return &nft_codes_neon;
#endif
    default:
        return &nft_codes_scalar;
    }
}

void nft_codes_pack(
    const struct nft_code_layout *layout, const uint8_t *values, size_t slot, uint8_t *first, uint8_t *rest) {
    size_t ends[3] = {layout->rows4, layout->rows4 + layout->rows2, nft_code_rows(layout)}, row = 0;
    for (int kind = 0; kind < 3; kind++) {
        int bits = 4 >> kind;
        for (; row < ends[kind]; row++) {
            uint8_t *block = row < layout->first_rows ? first + row * NFT_CODES_ROW
                                                      : rest + (row - layout->first_rows) * NFT_CODES_ROW;
            for (int shift = 0; shift < 8; shift += bits, values += 4) {
                for (int i = 0; i < 4; i++) block[4 * slot + (size_t)i] |= (uint8_t)(values[i] << shift);
            }
        }
    }
}

void nft_codes_scan(
    int kernel, const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *queries, size_t query_count) {
    variant(kernel)->scan(layout, first, rest, count, queries, query_count);
}

void nft_centroid_sums(
    int kernel, const uint8_t *blocks, size_t block_count, size_t groups, const int8_t *queries, size_t query_count,
    size_t query_stride, int32_t *sums, size_t sum_stride) {
    variant(kernel)->centroid_sums(
        blocks, block_count, groups, queries, query_count, query_stride, sums, sum_stride);
}

void nft_row_sums(
    int kernel, const uint8_t *rows, size_t stride, const uint32_t *positions, size_t count, const int8_t *high,
    const int8_t *low, int32_t *sums) {
    variant(kernel)->row_sums(rows, stride, positions, count, high, low, sums);
}

void nft_axes_project(
    int kernel, const float *axes, size_t dimension, size_t axis_count, const float *vector, float *out) {
    variant(kernel)->project(axes, dimension, axis_count, vector, out);
}
