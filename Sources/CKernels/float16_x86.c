#if defined(__x86_64__)
#include <immintrin.h>

#include "float16_variants.h"

#define AVX2 __attribute__((target("avx2,fma,f16c")))
#define AVX512 __attribute__((target("avx512f,avx2,fma,f16c")))

// MARK: conversions, shared by both

AVX2 static void from_f32(const float *source, uint16_t *target, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(source + i), _MM_FROUND_TO_NEAREST_INT);
        _mm_storeu_si128((__m128i *)(target + i), halves);
    }
    for (; i < count; i++) target[i] = nft_f16_round(source[i]);
}

AVX2 static inline __m256 widen8(const uint16_t *source) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)source));
}

AVX2 static void to_f32(const uint16_t *source, float *target, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) _mm256_storeu_ps(target + i, widen8(source + i));
    for (; i < count; i++) target[i] = nft_f16_widen(source[i]);
}

// MARK: corrections, shared by both

AVX2 static void correct(
    const struct nft_correction *corrections, size_t count, const float *query, size_t dimension, float *scores) {
    const __m256i limit = _mm256_set1_epi32((int)dimension);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        // The component is the lower half of each 32 bits, the residual the upper one.
        __m256i pairs = _mm256_loadu_si256((const __m256i *)(corrections + i));
        __m256i components = _mm256_and_si256(pairs, _mm256_set1_epi32(0xffff));
        __m256i halves = _mm256_srli_epi32(pairs, 16);
        __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
        __m256 known = _mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, components));
        __m256 values = _mm256_mask_i32gather_ps(_mm256_setzero_ps(), query, components, known, sizeof *query);
        __m256 residuals = _mm256_and_ps(_mm256_cvtph_ps(packed), known);
        _mm256_storeu_ps(scores + i, _mm256_fmadd_ps(values, residuals, _mm256_loadu_ps(scores + i)));
    }
    nft_f16_scalar.correct(corrections + i, count - i, query, dimension, scores + i);
}

// MARK: AVX2

AVX2 static inline float sum_avx2(__m256 v) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

AVX2 static void dot_f32_avx2(
    const uint16_t *rows, size_t stride, size_t count, const float *query, float *scores) {
    for (size_t r = 0; r < count; r++) {
        const uint16_t *row = rows + r * stride;
        __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
        for (size_t i = 0; i < stride; i += 32) {
            a = _mm256_fmadd_ps(widen8(row + i), _mm256_loadu_ps(query + i), a);
            b = _mm256_fmadd_ps(widen8(row + i + 8), _mm256_loadu_ps(query + i + 8), b);
            c = _mm256_fmadd_ps(widen8(row + i + 16), _mm256_loadu_ps(query + i + 16), c);
            d = _mm256_fmadd_ps(widen8(row + i + 24), _mm256_loadu_ps(query + i + 24), d);
        }
        scores[r] = sum_avx2(_mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d)));
    }
}

// Adds s0…s3 (already paired with s4…s7) in the order that float16.h prescribes.
AVX2 static inline double sum_f64(__m256d v) {
    __m128d two = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

AVX2 static double dot_f64_avx2(const uint16_t *row, size_t stride, const float *query) {
    __m256d low = _mm256_setzero_pd(), high = low;
    for (size_t i = 0; i < stride; i += 8) {
        __m256 x = widen8(row + i);
        __m256 y = _mm256_loadu_ps(query + i);
        low = _mm256_fmadd_pd(
            _mm256_cvtps_pd(_mm256_castps256_ps128(x)), _mm256_cvtps_pd(_mm256_castps256_ps128(y)), low);
        high = _mm256_fmadd_pd(
            _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)), _mm256_cvtps_pd(_mm256_extractf128_ps(y, 1)), high);
    }
    return sum_f64(_mm256_add_pd(low, high));
}

// The counts are constants where this is inlined, so all sums stay in registers.
AVX2 static inline __attribute__((always_inline)) void tile_avx2(
    const float *rows, const float *queries, size_t stride, int row_count, int query_count, float *scores,
    size_t score_stride) {
    __m256 s[2][2][2];
    for (int r = 0; r < row_count; r++) {
        for (int q = 0; q < query_count; q++) s[r][q][0] = s[r][q][1] = _mm256_setzero_ps();
    }
    for (size_t i = 0; i < stride; i += 16) {
        for (int half = 0; half < 2; half++) {
            for (int r = 0; r < row_count; r++) {
                __m256 x = _mm256_loadu_ps(rows + (size_t)r * stride + i + 8 * half);
                for (int q = 0; q < query_count; q++) {
                    __m256 y = _mm256_loadu_ps(queries + (size_t)q * stride + i + 8 * half);
                    s[r][q][half] = _mm256_fmadd_ps(x, y, s[r][q][half]);
                }
            }
        }
    }
    for (int r = 0; r < row_count; r++) {
        for (int q = 0; q < query_count; q++) {
            scores[(size_t)q * score_stride + (size_t)r] = sum_avx2(_mm256_add_ps(s[r][q][0], s[r][q][1]));
        }
    }
}

AVX2 static void dot_many_avx2(
    const float *rows, size_t row_count, size_t stride, const float *queries, size_t query_count, float *scores,
    size_t score_stride) {
    for (size_t first = 0; first < row_count; first += NFT_F16_ROWS_TOGETHER) {
        size_t end = row_count - first < NFT_F16_ROWS_TOGETHER ? row_count : first + NFT_F16_ROWS_TOGETHER;
        size_t q = 0;
        for (; q + 2 <= query_count; q += 2) {
            const float *two = queries + q * stride;
            float *target = scores + q * score_stride;
            size_t r = first;
            for (; r + 2 <= end; r += 2) tile_avx2(rows + r * stride, two, stride, 2, 2, target + r, score_stride);
            if (r < end) tile_avx2(rows + r * stride, two, stride, 1, 2, target + r, score_stride);
        }
        if (q == query_count) continue;
        for (size_t r = first; r < end; r++) {
            tile_avx2(
                rows + r * stride, queries + q * stride, stride, 1, 1, scores + q * score_stride + r, score_stride);
        }
    }
}

const struct nft_f16_kernel nft_f16_avx2 = {from_f32, to_f32, dot_f32_avx2, dot_f64_avx2, dot_many_avx2, correct};

// MARK: AVX-512

AVX512 static inline __m512 widen16(const uint16_t *source) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)source));
}

AVX512 static void dot_f32_avx512(
    const uint16_t *rows, size_t stride, size_t count, const float *query, float *scores) {
    for (size_t r = 0; r < count; r++) {
        const uint16_t *row = rows + r * stride;
        __m512 a = _mm512_setzero_ps(), b = a;
        for (size_t i = 0; i < stride; i += 32) {
            a = _mm512_fmadd_ps(widen16(row + i), _mm512_loadu_ps(query + i), a);
            b = _mm512_fmadd_ps(widen16(row + i + 16), _mm512_loadu_ps(query + i + 16), b);
        }
        scores[r] = _mm512_reduce_add_ps(_mm512_add_ps(a, b));
    }
}

AVX512 static double dot_f64_avx512(const uint16_t *row, size_t stride, const float *query) {
    __m512d sums = _mm512_setzero_pd();
    for (size_t i = 0; i < stride; i += 8) {
        sums = _mm512_fmadd_pd(
            _mm512_cvtps_pd(widen8(row + i)), _mm512_cvtps_pd(_mm256_loadu_ps(query + i)), sums);
    }
    return sum_f64(_mm256_add_pd(_mm512_castpd512_pd256(sums), _mm512_extractf64x4_pd(sums, 1)));
}

AVX512 static inline __attribute__((always_inline)) void tile_avx512(
    const float *rows, const float *queries, size_t stride, int row_count, int query_count, float *scores,
    size_t score_stride) {
    __m512 s[4][2];
    for (int r = 0; r < row_count; r++) {
        for (int q = 0; q < query_count; q++) s[r][q] = _mm512_setzero_ps();
    }
    for (size_t i = 0; i < stride; i += 16) {
        for (int q = 0; q < query_count; q++) {
            __m512 y = _mm512_loadu_ps(queries + (size_t)q * stride + i);
            for (int r = 0; r < row_count; r++) {
                s[r][q] = _mm512_fmadd_ps(_mm512_loadu_ps(rows + (size_t)r * stride + i), y, s[r][q]);
            }
        }
    }
    for (int r = 0; r < row_count; r++) {
        for (int q = 0; q < query_count; q++) {
            scores[(size_t)q * score_stride + (size_t)r] = _mm512_reduce_add_ps(s[r][q]);
        }
    }
}

AVX512 static void dot_many_avx512(
    const float *rows, size_t row_count, size_t stride, const float *queries, size_t query_count, float *scores,
    size_t score_stride) {
    for (size_t first = 0; first < row_count; first += NFT_F16_ROWS_TOGETHER) {
        size_t end = row_count - first < NFT_F16_ROWS_TOGETHER ? row_count : first + NFT_F16_ROWS_TOGETHER;
        for (size_t q = 0; q < query_count; q += 2) {
            const float *some = queries + q * stride;
            float *target = scores + q * score_stride;
            size_t r = first;
            if (q + 2 <= query_count) {
                for (; r + 4 <= end; r += 4) tile_avx512(rows + r * stride, some, stride, 4, 2, target + r, score_stride);
                for (; r < end; r++) tile_avx512(rows + r * stride, some, stride, 1, 2, target + r, score_stride);
            } else {
                for (; r < end; r++) tile_avx512(rows + r * stride, some, stride, 1, 1, target + r, score_stride);
            }
        }
    }
}

const struct nft_f16_kernel nft_f16_avx512 = {from_f32, to_f32, dot_f32_avx512, dot_f64_avx512, dot_many_avx512, correct};
#endif
