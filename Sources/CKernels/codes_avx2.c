#if defined(__x86_64__)
#include <immintrin.h>

#include "codes_variants.h"
#include "codes_x86.h"

#pragma clang fp contract(off)

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i weights8(const int8_t *weights) { return _mm256_set1_epi32(nft_four_weights(weights)); }

// A value is at most 15 and a weight at least -127, so two products add up to 3,810 at most and a row to 7,620: four rows
// fit in 16 bits.
AVX2 static inline __m256i field(__m256i y, int shift, __m256i mask, const int8_t *weights) {
    return _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(y, shift), mask), weights8(weights));
}

AVX2 static inline __m256i row4(__m256i y, const int8_t *w) {
    const __m256i mask = _mm256_set1_epi8(15);
    return _mm256_add_epi16(field(y, 0, mask, w), field(y, 4, mask, w + 4));
}

AVX2 static inline __m256i row2(__m256i y, const int8_t *w) {
    const __m256i mask = _mm256_set1_epi8(3);
    return _mm256_add_epi16(
        _mm256_add_epi16(field(y, 0, mask, w), field(y, 2, mask, w + 4)),
        _mm256_add_epi16(field(y, 4, mask, w + 8), field(y, 6, mask, w + 12)));
}

AVX2 static inline __m256i row1(__m256i y, const int8_t *w) {
    const __m256i mask = _mm256_set1_epi8(1);
    __m256i low = _mm256_add_epi16(
        _mm256_add_epi16(field(y, 0, mask, w), field(y, 1, mask, w + 4)),
        _mm256_add_epi16(field(y, 2, mask, w + 8), field(y, 3, mask, w + 12)));
    __m256i high = _mm256_add_epi16(
        _mm256_add_epi16(field(y, 4, mask, w + 16), field(y, 5, mask, w + 20)),
        _mm256_add_epi16(field(y, 6, mask, w + 24), field(y, 7, mask, w + 28)));
    return _mm256_add_epi16(low, high);
}

/// Adds what rows `row` to `end` of a block contribute, which begin at `block`; returns the weights behind theirs.
AVX2 static inline const int8_t *add_rows(
    const struct nft_code_layout *layout, const uint8_t *block, size_t row, size_t end, const int8_t *w, __m256i *s,
    __m256i *t) {
    const __m256i ones = _mm256_set1_epi16(1);
    while (row < end) {
        __m256i a = _mm256_setzero_si256(), b = a;
        for (int i = 0; i < 4 && row < end; i++, row++, block += NFT_CODES_ROW) {
            __m256i x = _mm256_loadu_si256((const __m256i *)block);
            __m256i y = _mm256_loadu_si256((const __m256i *)(block + 32));
            if (row < layout->rows4) {
                a = _mm256_add_epi16(a, row4(x, w));
                b = _mm256_add_epi16(b, row4(y, w));
                w += 8;
            } else if (row < layout->rows4 + layout->rows2) {
                a = _mm256_add_epi16(a, row2(x, w));
                b = _mm256_add_epi16(b, row2(y, w));
                w += 16;
            } else {
                a = _mm256_add_epi16(a, row1(x, w));
                b = _mm256_add_epi16(b, row1(y, w));
                w += 32;
            }
        }
        *s = _mm256_add_epi32(*s, _mm256_madd_epi16(a, ones));
        *t = _mm256_add_epi32(*t, _mm256_madd_epi16(b, ones));
    }
    return w;
}

AVX2 static inline uint32_t above(__m256i s, __m256i t, int32_t threshold) {
    const __m256i limit = _mm256_set1_epi32(threshold);
    uint32_t low = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(s, limit)));
    uint32_t high = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(t, limit)));
    return low | high << 8;
}

AVX2 static void scan_one(
    const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *q) {
    size_t rows = nft_code_rows(layout), first_rows = layout->first_rows;
    for (size_t start = 0; start < count; start += NFT_CODES_BLOCK) {
        __m256i s = _mm256_setzero_si256(), t = s;
        const int8_t *w = add_rows(layout, first, 0, first_rows, q->weights, &s, &t);
        uint32_t mask = above(s, t, q->first_threshold) & nft_codes_present(start, count);
        if (mask) {
            int32_t first_sums[16], sums[16];
            _mm256_storeu_si256((__m256i *)first_sums, s);
            _mm256_storeu_si256((__m256i *)(first_sums + 8), t);
            add_rows(layout, rest, first_rows, rows, w, &s, &t);
            _mm256_storeu_si256((__m256i *)sums, s);
            _mm256_storeu_si256((__m256i *)(sums + 8), t);
            nft_codes_emit(mask & above(s, t, q->threshold), start, first_sums, sums, q);
        }
        first += first_rows * NFT_CODES_ROW;
        rest += (rows - first_rows) * NFT_CODES_ROW;
    }
}

AVX2 static void scan_avx2(
    const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *queries, size_t query_count) {
    for (struct nft_code_query *q = queries; q < queries + query_count; q++) scan_one(layout, first, rest, count, q);
}

// Bytes without sign times int8 overflow the 16 bits of vpmaddubsw, so even and odd bytes are widened apart.
AVX2 static inline __m256i dot4(__m256i bytes, __m256i even, __m256i odd) {
    __m256i low = _mm256_and_si256(bytes, _mm256_set1_epi16(0xff));
    return _mm256_add_epi32(_mm256_madd_epi16(low, even), _mm256_madd_epi16(_mm256_srli_epi16(bytes, 8), odd));
}

AVX2 static inline __m256i even_bytes(__m256i v) { return _mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8); }
AVX2 static inline __m256i odd_bytes(__m256i v) { return _mm256_srai_epi16(v, 8); }

AVX2 static void centroid_sums_avx2(
    const uint8_t *blocks, size_t block_count, size_t groups, const int8_t *queries, size_t query_count,
    size_t query_stride, int32_t *sums, size_t sum_stride) {
    for (size_t b = 0; b < block_count; b++, blocks += groups * NFT_CODES_ROW) {
        for (size_t q = 0; q < query_count; q++) {
            const int8_t *query = queries + q * query_stride;
            __m256i s = _mm256_setzero_si256(), t = s;
            for (size_t g = 0; g < groups; g++) {
                __m256i w = weights8(query + 4 * g), even = even_bytes(w), odd = odd_bytes(w);
                const uint8_t *row = blocks + g * NFT_CODES_ROW;
                s = _mm256_add_epi32(s, dot4(_mm256_loadu_si256((const __m256i *)row), even, odd));
                t = _mm256_add_epi32(t, dot4(_mm256_loadu_si256((const __m256i *)(row + 32)), even, odd));
            }
            _mm256_storeu_si256((__m256i *)(sums + q * sum_stride + b * 16), s);
            _mm256_storeu_si256((__m256i *)(sums + q * sum_stride + b * 16 + 8), t);
        }
    }
}

AVX2 static inline int32_t total(__m256i v) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
    return _mm_cvtsi128_si32(s);
}

AVX2 static void row_sums_avx2(
    const uint8_t *rows, size_t stride, const uint32_t *positions, size_t count, const int8_t *high, const int8_t *low,
    int32_t *sums) {
    for (size_t i = 0; i < count && i < NFT_ROWS_AHEAD; i++) nft_fetch_row(rows + positions[i] * stride, stride);
    for (size_t i = 0; i < count; i++) {
        if (i + NFT_ROWS_AHEAD < count) nft_fetch_row(rows + positions[i + NFT_ROWS_AHEAD] * stride, stride);
        const uint8_t *row = rows + positions[i] * stride;
        __m256i a = _mm256_setzero_si256(), b = a;
        for (size_t j = 0; j < stride; j += 32) {
            __m256i y = _mm256_loadu_si256((const __m256i *)(row + j));
            __m256i h = _mm256_loadu_si256((const __m256i *)(high + j));
            __m256i l = _mm256_loadu_si256((const __m256i *)(low + j));
            a = _mm256_add_epi32(a, dot4(y, even_bytes(h), odd_bytes(h)));
            b = _mm256_add_epi32(b, dot4(y, even_bytes(l), odd_bytes(l)));
        }
        sums[2 * i] = total(a);
        sums[2 * i + 1] = total(b);
    }
}

AVX2 static void project_avx2(
    const float *axes, size_t dimension, size_t axis_count, const float *vector, float *out) {
    size_t a = 0;
    for (; a + 64 <= axis_count; a += 64) {
        __m256 s[8];
        for (int i = 0; i < 8; i++) s[i] = _mm256_setzero_ps();
        for (size_t j = 0; j < dimension; j++) {
            __m256 x = _mm256_set1_ps(vector[j]);
            const float *row = axes + j * axis_count + a;
            for (int i = 0; i < 8; i++) s[i] = _mm256_add_ps(s[i], _mm256_mul_ps(x, _mm256_loadu_ps(row + 8 * i)));
        }
        for (int i = 0; i < 8; i++) _mm256_storeu_ps(out + a + 8 * i, s[i]);
    }
    for (; a < axis_count; a += 8) {
        __m256 s = _mm256_setzero_ps();
        for (size_t j = 0; j < dimension; j++) {
            s = _mm256_add_ps(s, _mm256_mul_ps(_mm256_set1_ps(vector[j]), _mm256_loadu_ps(axes + j * axis_count + a)));
        }
        _mm256_storeu_ps(out + a, s);
    }
}

const struct nft_codes_kernel nft_codes_avx2 = {scan_avx2, centroid_sums_avx2, row_sums_avx2, project_avx2};
#endif
