#include "shrink.h"

#include <string.h>

enum { HALF = 1 << (NFT_SHRINK_PRECISION - 1) };

static inline uint8_t clip(int32_t sum) {
    sum = (sum + HALF) >> NFT_SHRINK_PRECISION;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static inline uint8_t on_white(uint32_t value, uint32_t alpha) {
    uint32_t sum = value * alpha + 255 * (255 - alpha) + 128;
    return (uint8_t)((sum + (sum >> 8)) >> 8);
}

static void rows_portable(const uint8_t *const *rows, const int16_t *weights, int32_t length, uint8_t *out,
                          size_t size) {
    for (size_t first = 0; first < size; first += 256) {
        size_t count = size - first < 256 ? size - first : 256;
        int32_t sums[256] = {0};
        for (int32_t t = 0; t < length; t++) {
            const uint8_t *row = rows[t] + first;
            int32_t weight = weights[t];
            for (size_t i = 0; i < count; i++) sums[i] += row[i] * weight;
        }
        for (size_t i = 0; i < count; i++) out[first + i] = clip(sums[i]);
    }
}

static void columns_portable(const uint8_t *row, int32_t count, int32_t stride, const int32_t *starts,
                             const int32_t *lengths, const int16_t *weights, uint8_t *out) {
    for (int32_t x = 0; x < count; x++) {
        const uint8_t *pixel = row + (size_t)starts[x] * 3;
        const int16_t *weight = weights + (size_t)x * (size_t)stride;
        int32_t red = 0, green = 0, blue = 0;
        for (int32_t t = 0; t < lengths[x]; t++, pixel += 3) {
            red += pixel[0] * weight[t];
            green += pixel[1] * weight[t];
            blue += pixel[2] * weight[t];
        }
        out[x * 3] = clip(red);
        out[x * 3 + 1] = clip(green);
        out[x * 3 + 2] = clip(blue);
    }
}

static void flatten_portable(const uint8_t *source, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++, source += 4, out += 3) {
        uint32_t alpha = source[3];
        out[0] = on_white(source[0], alpha);
        out[1] = on_white(source[1], alpha);
        out[2] = on_white(source[2], alpha);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// Two rows at a time: their bytes side by side as 16 bits, so that one instruction multiplies both and adds.
AVX2 static void rows_avx2(const uint8_t *const *rows, const int16_t *weights, int32_t length, uint8_t *out,
                           size_t size) {
    const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(HALF);
    size_t i = 0;
    for (; i + 32 <= size; i += 32) {
        __m256i a = half, b = half, c = half, d = half;
        for (int32_t t = 0; t < length; t += 2) {
            int isPair = t + 1 < length;
            __m256i upper = _mm256_loadu_si256((const __m256i *)(rows[t] + i));
            __m256i lower = _mm256_loadu_si256((const __m256i *)(rows[isPair ? t + 1 : t] + i));
            uint32_t pair = (uint16_t)weights[t] | (isPair ? (uint32_t)(uint16_t)weights[t + 1] << 16 : 0);
            __m256i weight = _mm256_set1_epi32((int32_t)pair);
            __m256i low = _mm256_unpacklo_epi8(upper, lower), high = _mm256_unpackhi_epi8(upper, lower);
            a = _mm256_add_epi32(a, _mm256_madd_epi16(_mm256_unpacklo_epi8(low, zero), weight));
            b = _mm256_add_epi32(b, _mm256_madd_epi16(_mm256_unpackhi_epi8(low, zero), weight));
            c = _mm256_add_epi32(c, _mm256_madd_epi16(_mm256_unpacklo_epi8(high, zero), weight));
            d = _mm256_add_epi32(d, _mm256_madd_epi16(_mm256_unpackhi_epi8(high, zero), weight));
        }
        a = _mm256_srai_epi32(a, NFT_SHRINK_PRECISION);
        b = _mm256_srai_epi32(b, NFT_SHRINK_PRECISION);
        c = _mm256_srai_epi32(c, NFT_SHRINK_PRECISION);
        d = _mm256_srai_epi32(d, NFT_SHRINK_PRECISION);
        // Packing works within halves, as unpacking did.
        __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        _mm256_storeu_si256((__m256i *)(out + i), bytes);
    }
    for (; i < size; i++) {
        int32_t sum = 0;
        for (int32_t t = 0; t < length; t++) sum += rows[t][i] * weights[t];
        out[i] = clip(sum);
    }
}

// Four pixels at a time: reds, greens and blues of two neighbours side by side, the other two in the upper half.
AVX2 static void columns_avx2(const uint8_t *row, int32_t count, int32_t stride, const int32_t *starts,
                              const int32_t *lengths, const int16_t *weights, uint8_t *out) {
    const __m256i spread = _mm256_setr_epi8(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
        6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const __m256i pairs = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    const __m128i half = _mm_set1_epi32(HALF);
    for (int32_t x = 0; x < count; x++) {
        const uint8_t *pixel = row + (size_t)starts[x] * 3;
        const int16_t *weight = weights + (size_t)x * (size_t)stride;
        __m256i sums = _mm256_setzero_si256();
        for (int32_t t = 0; t < lengths[x]; t += 4, pixel += 12) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)pixel);
            __m256i samples = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), spread);
            __m128i four = _mm_loadl_epi64((const __m128i *)(weight + t));
            __m256i factors = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(four), pairs);
            sums = _mm256_add_epi32(sums, _mm256_madd_epi16(samples, factors));
        }
        __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
        sum = _mm_srai_epi32(_mm_add_epi32(sum, half), NFT_SHRINK_PRECISION);
        sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
        uint32_t colour = (uint32_t)_mm_cvtsi128_si32(sum);
        memcpy(out + (size_t)x * 3, &colour, 3);
    }
}

AVX2 static void flatten_avx2(const uint8_t *source, size_t count, uint8_t *out) {
    const __m256i alphas = _mm256_setr_epi8(
        6, -1, 6, -1, 6, -1, 6, -1, 14, -1, 14, -1, 14, -1, 14, -1,
        6, -1, 6, -1, 6, -1, 6, -1, 14, -1, 14, -1, 14, -1, 14, -1);
    const __m128i colours = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    const __m128i opaque = _mm_set1_epi32((int32_t)0xFF000000u);
    const __m256i white = _mm256_set1_epi16(255), rounding = _mm256_set1_epi16(128);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        __m128i pixels = _mm_loadu_si128((const __m128i *)(source + i * 4));
        __m128i isOpaque = _mm_cmpeq_epi32(_mm_and_si128(pixels, opaque), opaque);
        if (_mm_movemask_epi8(isOpaque) != 0xFFFF) {
            __m256i wide = _mm256_cvtepu8_epi16(pixels);
            __m256i alpha = _mm256_shuffle_epi8(wide, alphas);
            // At most 255 * 255 + 128, and a 256th more below: both fit 16 bits without a sign.
            __m256i sum = _mm256_add_epi16(
                _mm256_mullo_epi16(wide, alpha),
                _mm256_add_epi16(_mm256_mullo_epi16(white, _mm256_sub_epi16(white, alpha)), rounding));
            __m256i byte = _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_srli_epi16(sum, 8)), 8);
            pixels = _mm_packus_epi16(_mm256_castsi256_si128(byte), _mm256_extracti128_si256(byte, 1));
        }
        _mm_storeu_si128((__m128i *)(out + i * 3), _mm_shuffle_epi8(pixels, colours));
    }
    flatten_portable(source + i * 4, count - i, out + i * 3);
}
#endif

nft_shrink_variant nft_shrink_best_variant(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return NFT_SHRINK_AVX2;
#endif
    return NFT_SHRINK_PORTABLE;
}

void nft_shrink_rows(nft_shrink_variant variant, const uint8_t *const *rows, const int16_t *weights, int32_t length,
                     uint8_t *out, size_t size) {
#if defined(__x86_64__)
    if (variant == NFT_SHRINK_AVX2) return rows_avx2(rows, weights, length, out, size);
#endif
    (void)variant;
    rows_portable(rows, weights, length, out, size);
}

void nft_shrink_columns(nft_shrink_variant variant, const uint8_t *row, int32_t count, int32_t stride,
                        const int32_t *starts, const int32_t *lengths, const int16_t *weights, uint8_t *out) {
#if defined(__x86_64__)
    if (variant == NFT_SHRINK_AVX2) return columns_avx2(row, count, stride, starts, lengths, weights, out);
#endif
    (void)variant;
    columns_portable(row, count, stride, starts, lengths, weights, out);
}

void nft_flatten_rgba(nft_shrink_variant variant, const uint8_t *source, size_t count, uint8_t *out) {
#if defined(__x86_64__)
    if (variant == NFT_SHRINK_AVX2) return flatten_avx2(source, count, out);
#endif
    (void)variant;
    flatten_portable(source, count, out);
}
