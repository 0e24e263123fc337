#if defined(__x86_64__)
#include <immintrin.h>

#include "codes_variants.h"
#include "codes_x86.h"

#pragma clang fp contract(off)

/// Blocks whose first rows are looked at before the other rows of any, and of how many these are fetched ahead.
enum { NFT_BLOCKS_TOGETHER = 64, NFT_BLOCKS_AHEAD = 4 };

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2")))

AVX512 static inline __m512i weights16(const int8_t *weights) { return _mm512_set1_epi32(nft_four_weights(weights)); }

/// What nft_codes_emit does, without a jump for each vector; what is written behind the found ones is written over later.
AVX512 static inline void emit(
    uint32_t mask, size_t first, __m512i first_sums, __m512i sums, struct nft_code_query *query) {
    const __m512i slots = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i positions = _mm512_add_epi32(slots, _mm512_set1_epi32((int)first));
    _mm512_storeu_si512(query->positions + query->found, _mm512_maskz_compress_epi32((__mmask16)mask, positions));
    _mm512_storeu_si512(query->sums + query->found, _mm512_maskz_compress_epi32((__mmask16)mask, sums));
    if (query->first_sums) {
        __m512i kept = _mm512_maskz_compress_epi32((__mmask16)mask, first_sums);
        _mm512_storeu_si512(query->first_sums + query->found, kept);
    }
    query->found += (size_t)__builtin_popcount(mask);
}

// Of what follows, `width` and `step` are constants where it is inlined, so all sums stay in registers.

/// Adds what some rows contribute whose weights begin at number `axis`.
///
/// A value is taken out of its byte by a mask alone, without a shift: its sum is then too large by a power of two. So sums
/// of values that begin at different bits are kept apart and shifted in the end, which loses nothing. The products fill
/// one unit of the processor; masks run beside them, shifts would not.
AVX512 static inline __attribute__((always_inline)) void add_kind(
    const uint8_t *rows, uint32_t count, size_t axis, int bits, const struct nft_code_query *queries, int width,
    __m512i s[2][8]) {
    for (uint32_t r = 0; r < count; r++, rows += NFT_CODES_ROW, axis += (size_t)(32 / bits)) {
        __m512i y = _mm512_loadu_si512(rows);
        for (int f = 0; f < 8 / bits; f++) {
            __m512i values = _mm512_and_si512(y, _mm512_set1_epi8((char)(((1 << bits) - 1) << bits * f)));
            for (int q = 0; q < width; q++) {
                const int8_t *w = queries[q].weights + axis + 4 * f;
                s[q][bits * f] = _mm512_dpbusd_epi32(s[q][bits * f], values, weights16(w));
            }
        }
    }
}

AVX512 static inline __attribute__((always_inline)) void add_rows(
    const uint8_t *rows, const uint32_t counts[3], size_t axis, const struct nft_code_query *queries, int width, int step,
    __m512i s[2][8]) {
    add_kind(rows, counts[0], axis, 4, queries, width, s);
    rows += counts[0] * (size_t)NFT_CODES_ROW;
    axis += counts[0] * (size_t)8;
    add_kind(rows, counts[1], axis, 2, queries, width, s);
    if (step == 2) return;
    rows += counts[1] * (size_t)NFT_CODES_ROW;
    add_kind(rows, counts[2], axis + counts[1] * (size_t)16, 1, queries, width, s);
}

AVX512 static inline __attribute__((always_inline)) __m512i total(const __m512i s[8], int step) {
    __m512i sum = s[8 - step];
    for (int bit = 8 - 2 * step; bit >= 0; bit -= step) {
        sum = _mm512_add_epi32(_mm512_srai_epi32(sum, (unsigned)step), s[bit]);
    }
    return sum;
}

AVX512 static inline __attribute__((always_inline)) void clear(__m512i s[2][8], int width, int step) {
    for (int q = 0; q < width; q++) {
        for (int bit = 0; bit < 8; bit += step) s[q][bit] = _mm512_setzero_si512();
    }
}

AVX512 static inline uint32_t above(__m512i sums, int32_t threshold) {
    return _mm512_cmpgt_epi32_mask(sums, _mm512_set1_epi32(threshold));
}

/// `step`: bits between the places of values that occur.
AVX512 static inline __attribute__((always_inline)) void scan_tile(
    const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *queries, int width, int step) {
    const uint32_t all[3] = {layout->rows4, layout->rows2, layout->rows1};
    uint32_t early[3], late[3], left = layout->first_rows;
    size_t axes = 0;
    for (int kind = 0; kind < 3; kind++) {
        early[kind] = all[kind] < left ? all[kind] : left;
        late[kind] = all[kind] - early[kind];
        left -= early[kind];
        axes += early[kind] * (size_t)(8 << kind);
    }
    size_t late_length = (late[0] + late[1] + late[2]) * (size_t)NFT_CODES_ROW;
    for (size_t start = 0; start < count; start += NFT_BLOCKS_TOGETHER * NFT_CODES_BLOCK) {
        // First of all blocks the first rows, then of those that are left the other rows: these lie apart from each other, so
        // that the processor would wait for each (texts at `high` among a million: 5 to 15 % of their time).
        uint32_t blocks[NFT_BLOCKS_TOGETHER + 1], masks[NFT_BLOCKS_TOGETHER + 1][2];
        __m512i early_sums[NFT_BLOCKS_TOGETHER + 1][2];
        size_t kept = 0;
        for (uint32_t b = 0; b < NFT_BLOCKS_TOGETHER && start + b * NFT_CODES_BLOCK < count; b++) {
            __m512i s[2][8];
            clear(s, width, step);
            add_rows(first, early, 0, queries, width, step, s);
            uint32_t any = 0;
            for (int q = 0; q < width; q++) {
                early_sums[kept][q] = total(s[q], step);
                masks[kept][q] = above(early_sums[kept][q], queries[q].first_threshold);
                any |= masks[kept][q] &= nft_codes_present(start + b * NFT_CODES_BLOCK, count);
            }
            blocks[kept] = b;
            kept += any != 0;
            first += layout->first_rows * (size_t)NFT_CODES_ROW;
        }
        for (size_t i = 0; i < kept + NFT_BLOCKS_AHEAD; i++) {
            if (i < kept) nft_fetch_row(rest + blocks[i] * late_length, late_length);
            if (i < NFT_BLOCKS_AHEAD) continue;
            size_t k = i - NFT_BLOCKS_AHEAD;
            __m512i s[2][8];
            clear(s, width, step);
            add_rows(rest + blocks[k] * late_length, late, axes, queries, width, step, s);
            for (int q = 0; q < width; q++) {
                __m512i sums = _mm512_add_epi32(early_sums[k][q], total(s[q], step));
                uint32_t mask = masks[k][q] & above(sums, queries[q].threshold);
                if (mask) emit(mask, start + blocks[k] * NFT_CODES_BLOCK, early_sums[k][q], sums, &queries[q]);
            }
        }
        rest += NFT_BLOCKS_TOGETHER * late_length;
    }
}

AVX512 static void scan_avx512(
    const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *queries, size_t query_count) {
    size_t q = 0;
    // With two queries the products are all that counts; more would not fit into the registers.
    for (; q + 2 <= query_count; q += 2) {
        if (layout->rows1) {
            scan_tile(layout, first, rest, count, queries + q, 2, 1);
        } else {
            scan_tile(layout, first, rest, count, queries + q, 2, 2);
        }
    }
    if (q == query_count) return;
    if (layout->rows1) {
        scan_tile(layout, first, rest, count, queries + q, 1, 1);
    } else {
        scan_tile(layout, first, rest, count, queries + q, 1, 2);
    }
}

// `queries` and `width` are constants where this is inlined, so all accumulators stay in registers.
AVX512 static inline __attribute__((always_inline)) void centroid_tile(
    const uint8_t *blocks, size_t groups, const int8_t *queries, size_t query_stride, int query_count, int width,
    int32_t *sums, size_t sum_stride) {
    __m512i s[8];
    for (int i = 0; i < query_count * width; i++) s[i] = _mm512_setzero_si512();
    for (size_t g = 0; g < groups; g++) {
        for (int b = 0; b < width; b++) {
            __m512i y = _mm512_loadu_si512(blocks + ((size_t)b * groups + g) * NFT_CODES_ROW);
            for (int q = 0; q < query_count; q++) {
                s[q * width + b] =
                    _mm512_dpbusd_epi32(s[q * width + b], y, weights16(queries + (size_t)q * query_stride + 4 * g));
            }
        }
    }
    for (int q = 0; q < query_count; q++) {
        for (int b = 0; b < width; b++) _mm512_storeu_si512(sums + (size_t)q * sum_stride + b * 16, s[q * width + b]);
    }
}

AVX512 static void centroid_sums_avx512(
    const uint8_t *blocks, size_t block_count, size_t groups, const int8_t *queries, size_t query_count,
    size_t query_stride, int32_t *sums, size_t sum_stride) {
    size_t block_length = groups * NFT_CODES_ROW, q = 0;
    for (; q + 8 <= query_count; q += 8) {
        for (size_t b = 0; b < block_count; b++) {
            centroid_tile(
                blocks + b * block_length, groups, queries + q * query_stride, query_stride, 8, 1,
                sums + q * sum_stride + b * 16, sum_stride);
        }
    }
    for (; q + 2 <= query_count; q += 2) {
        size_t b = 0;
        for (; b + 4 <= block_count; b += 4) {
            centroid_tile(
                blocks + b * block_length, groups, queries + q * query_stride, query_stride, 2, 4,
                sums + q * sum_stride + b * 16, sum_stride);
        }
        for (; b < block_count; b++) {
            centroid_tile(
                blocks + b * block_length, groups, queries + q * query_stride, query_stride, 2, 1,
                sums + q * sum_stride + b * 16, sum_stride);
        }
    }
    for (; q < query_count; q++) {
        for (size_t b = 0; b < block_count; b++) {
            centroid_tile(
                blocks + b * block_length, groups, queries + q * query_stride, query_stride, 1, 1,
                sums + q * sum_stride + b * 16, sum_stride);
        }
    }
}

AVX512 static void row_sums_avx512(
    const uint8_t *rows, size_t stride, const uint32_t *positions, size_t count, const int8_t *high, const int8_t *low,
    int32_t *sums) {
    for (size_t i = 0; i < count && i < NFT_ROWS_AHEAD; i++) nft_fetch_row(rows + positions[i] * stride, stride);
    for (size_t i = 0; i < count; i++) {
        if (i + NFT_ROWS_AHEAD < count) nft_fetch_row(rows + positions[i + NFT_ROWS_AHEAD] * stride, stride);
        const uint8_t *row = rows + positions[i] * stride;
        __m512i a = _mm512_setzero_si512(), b = a;
        for (size_t j = 0; j < stride; j += 64) {
            __m512i y = _mm512_loadu_si512(row + j);
            a = _mm512_dpbusd_epi32(a, y, _mm512_loadu_si512(high + j));
            b = _mm512_dpbusd_epi32(b, y, _mm512_loadu_si512(low + j));
        }
        sums[2 * i] = _mm512_reduce_add_epi32(a);
        sums[2 * i + 1] = _mm512_reduce_add_epi32(b);
    }
}

AVX512 static void project_avx512(
    const float *axes, size_t dimension, size_t axis_count, const float *vector, float *out) {
    size_t a = 0;
    for (; a + 128 <= axis_count; a += 128) {
        __m512 s[8];
        for (int i = 0; i < 8; i++) s[i] = _mm512_setzero_ps();
        for (size_t j = 0; j < dimension; j++) {
            __m512 x = _mm512_set1_ps(vector[j]);
            const float *row = axes + j * axis_count + a;
            for (int i = 0; i < 8; i++) s[i] = _mm512_add_ps(s[i], _mm512_mul_ps(x, _mm512_loadu_ps(row + 16 * i)));
        }
        for (int i = 0; i < 8; i++) _mm512_storeu_ps(out + a + 16 * i, s[i]);
    }
    for (; a < axis_count; a += 16) {
        __m512 s = _mm512_setzero_ps();
        for (size_t j = 0; j < dimension; j++) {
            s = _mm512_add_ps(s, _mm512_mul_ps(_mm512_set1_ps(vector[j]), _mm512_loadu_ps(axes + j * axis_count + a)));
        }
        _mm512_storeu_ps(out + a, s);
    }
}

const struct nft_codes_kernel nft_codes_avx512 = {
    scan_avx512, centroid_sums_avx512, row_sums_avx512, project_avx512};
#endif
