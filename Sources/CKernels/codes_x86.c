#if defined(__x86_64__)
#include <immintrin.h>

#include "codes_variants.h"

#pragma clang fp contract(off)

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2")))

static inline int32_t four(const int8_t *weights) {
    int32_t value;
    __builtin_memcpy(&value, weights, sizeof value);
    return value;
}

// MARK: AVX-512 with VNNI

AVX512 static inline __m512i weights16(const int8_t *weights) { return _mm512_set1_epi32(four(weights)); }

AVX512 static size_t scan_avx512(
    const struct nft_code_layout *layout, const uint8_t *blocks, size_t count, const int8_t *weights, int32_t threshold,
    uint32_t *positions, int32_t *sums) {
    const __m512i low4 = _mm512_set1_epi8(15), low2 = _mm512_set1_epi8(3), low1 = _mm512_set1_epi8(1);
    const __m512i limit = _mm512_set1_epi32(threshold);
    size_t found = 0;
    for (size_t first = 0; first < count; first += NFT_CODES_BLOCK) {
        __m512i s = _mm512_setzero_si512(), t = s, u = s, v = s;
        const int8_t *w = weights;
        for (uint32_t r = 0; r < layout->rows4; r++, blocks += 64, w += 8) {
            __m512i y = _mm512_loadu_si512(blocks);
            s = _mm512_dpbusd_epi32(s, _mm512_and_si512(y, low4), weights16(w));
            t = _mm512_dpbusd_epi32(t, _mm512_and_si512(_mm512_srli_epi16(y, 4), low4), weights16(w + 4));
        }
        for (uint32_t r = 0; r < layout->rows2; r++, blocks += 64, w += 16) {
            __m512i y = _mm512_loadu_si512(blocks);
            s = _mm512_dpbusd_epi32(s, _mm512_and_si512(y, low2), weights16(w));
            t = _mm512_dpbusd_epi32(t, _mm512_and_si512(_mm512_srli_epi16(y, 2), low2), weights16(w + 4));
            u = _mm512_dpbusd_epi32(u, _mm512_and_si512(_mm512_srli_epi16(y, 4), low2), weights16(w + 8));
            v = _mm512_dpbusd_epi32(v, _mm512_and_si512(_mm512_srli_epi16(y, 6), low2), weights16(w + 12));
        }
        for (uint32_t r = 0; r < layout->rows1; r++, blocks += 64, w += 32) {
            __m512i y = _mm512_loadu_si512(blocks);
            s = _mm512_dpbusd_epi32(s, _mm512_and_si512(y, low1), weights16(w));
            t = _mm512_dpbusd_epi32(t, _mm512_and_si512(_mm512_srli_epi16(y, 1), low1), weights16(w + 4));
            u = _mm512_dpbusd_epi32(u, _mm512_and_si512(_mm512_srli_epi16(y, 2), low1), weights16(w + 8));
            v = _mm512_dpbusd_epi32(v, _mm512_and_si512(_mm512_srli_epi16(y, 3), low1), weights16(w + 12));
            s = _mm512_dpbusd_epi32(s, _mm512_and_si512(_mm512_srli_epi16(y, 4), low1), weights16(w + 16));
            t = _mm512_dpbusd_epi32(t, _mm512_and_si512(_mm512_srli_epi16(y, 5), low1), weights16(w + 20));
            u = _mm512_dpbusd_epi32(u, _mm512_and_si512(_mm512_srli_epi16(y, 6), low1), weights16(w + 24));
            v = _mm512_dpbusd_epi32(v, _mm512_and_si512(_mm512_srli_epi16(y, 7), low1), weights16(w + 28));
        }
        s = _mm512_add_epi32(_mm512_add_epi32(s, t), _mm512_add_epi32(u, v));
        uint32_t mask = _mm512_cmpgt_epi32_mask(s, limit) & nft_codes_present(first, count);
        if (mask) {
            int32_t out[16];
            _mm512_storeu_si512(out, s);
            found = nft_codes_emit(mask, first, out, positions, sums, found);
        }
    }
    return found;
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

static inline void fetch_row(const uint8_t *row, size_t stride) {
    for (size_t j = 0; j < stride; j += 64) _mm_prefetch((const char *)row + j, _MM_HINT_T0);
}

AVX512 static void row_sums_avx512(
    const uint8_t *rows, size_t stride, const uint32_t *positions, size_t count, const int8_t *high, const int8_t *low,
    int32_t *sums) {
    for (size_t i = 0; i < count && i < NFT_ROWS_AHEAD; i++) fetch_row(rows + positions[i] * stride, stride);
    for (size_t i = 0; i < count; i++) {
        if (i + NFT_ROWS_AHEAD < count) fetch_row(rows + positions[i + NFT_ROWS_AHEAD] * stride, stride);
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

// MARK: AVX2

AVX2 static inline __m256i weights8(const int8_t *weights) { return _mm256_set1_epi32(four(weights)); }

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

AVX2 static size_t scan_avx2(
    const struct nft_code_layout *layout, const uint8_t *blocks, size_t count, const int8_t *weights, int32_t threshold,
    uint32_t *positions, int32_t *sums) {
    const __m256i ones = _mm256_set1_epi16(1), limit = _mm256_set1_epi32(threshold);
    size_t found = 0, rows = nft_code_rows(layout);
    for (size_t first = 0; first < count; first += NFT_CODES_BLOCK) {
        __m256i s = _mm256_setzero_si256(), t = s;
        const int8_t *w = weights;
        for (size_t row = 0; row < rows;) {
            __m256i a = _mm256_setzero_si256(), b = a;
            for (int i = 0; i < 4 && row < rows; i++, row++, blocks += 64) {
                __m256i x = _mm256_loadu_si256((const __m256i *)blocks);
                __m256i y = _mm256_loadu_si256((const __m256i *)(blocks + 32));
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
            s = _mm256_add_epi32(s, _mm256_madd_epi16(a, ones));
            t = _mm256_add_epi32(t, _mm256_madd_epi16(b, ones));
        }
        uint32_t low = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(s, limit)));
        uint32_t high = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(t, limit)));
        uint32_t mask = (low | high << 8) & nft_codes_present(first, count);
        if (mask) {
            int32_t out[16];
            _mm256_storeu_si256((__m256i *)out, s);
            _mm256_storeu_si256((__m256i *)(out + 8), t);
            found = nft_codes_emit(mask, first, out, positions, sums, found);
        }
    }
    return found;
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
    for (size_t i = 0; i < count && i < NFT_ROWS_AHEAD; i++) fetch_row(rows + positions[i] * stride, stride);
    for (size_t i = 0; i < count; i++) {
        if (i + NFT_ROWS_AHEAD < count) fetch_row(rows + positions[i + NFT_ROWS_AHEAD] * stride, stride);
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
