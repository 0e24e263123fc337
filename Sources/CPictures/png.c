#include "CPictures.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

// PNG (ISO/IEC 15948), only what most files are: 8 bits a sample, not interlaced, without what changes colours or turns the
// picture. Inflating in one go is twice as fast as as a stream.

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6 };

static uint32_t big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int is_named(const uint8_t *chunk, const char *name) { return memcmp(chunk + 4, name, 4) == 0; }

// What the chunks say; the compressed data are at `data` or, when they come in several chunks, their sum is `data_count`.
struct contents {
    int color_type;
    size_t data_chunks;
    size_t data_count;
    const uint8_t *data;
    const uint8_t *first_data_chunk;
};

static int read_header(const uint8_t *chunk, nft_png *png, struct contents *contents) {
    uint32_t width = big_endian(chunk + 8), height = big_endian(chunk + 12);
    static const int samples[] = {1, 0, 3, 1, 2, 0, 4};
    if (big_endian(chunk) != 13 || width == 0 || height == 0 || width > 1 << 20 || height > 1 << 20) return -1;
    if (chunk[16] != 8 || chunk[17] > RGBA || samples[chunk[17]] == 0) return -1;
    if (chunk[18] != 0 || chunk[19] != 0 || chunk[20] != 0) return -1;
    png->width = (int32_t)width;
    png->height = (int32_t)height;
    contents->color_type = chunk[17];
    png->samples = samples[chunk[17]];
    return 0;
}

static int read_palette(const uint8_t *chunk, uint32_t length, nft_png *png) {
    if (length % 3 != 0 || length == 0 || length > 768) return -1;
    for (uint32_t i = 0; i < length / 3; i++) {
        memcpy(png->palette + i * 4, chunk + 8 + i * 3, 3);
        png->palette[i * 4 + 3] = 255;
    }
    png->palette_count = (int32_t)(length / 3);
    return 0;
}

static int read_chunks(const uint8_t *bytes, size_t count, nft_png *png, struct contents *contents) {
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
    if (count < 8 || memcmp(bytes, signature, 8) != 0) return -1;
    const uint8_t *chunk = bytes + 8, *end = bytes + count;
    int has_ended_data = 0;
    for (int index = 0;; index++) {
        if (end - chunk < 12) return -1;
        uint32_t length = big_endian(chunk);
        if (length > INT32_MAX || (size_t)(end - chunk) - 12 < length) return -1;
        if (libdeflate_crc32(0, chunk + 4, length + 4) != big_endian(chunk + 8 + length)) return -1;
        if ((index == 0) != is_named(chunk, "IHDR")) return -1;
        if (index == 0) {
            if (read_header(chunk, png, contents) != 0) return -1;
        } else if (is_named(chunk, "IDAT")) {
            if (has_ended_data) return -1;
            if (contents->data_chunks++ == 0) contents->first_data_chunk = chunk, contents->data = chunk + 8;
            contents->data_count += length;
        } else {
            has_ended_data = contents->data_chunks > 0;
            if (is_named(chunk, "IEND")) break;
            if (is_named(chunk, "PLTE")) {
                if (read_palette(chunk, length, png) != 0) return -1;
            } else if (is_named(chunk, "tRNS")) {
                if (contents->color_type != PALETTE || length > (uint32_t)png->palette_count) return -1;
                for (uint32_t i = 0; i < length; i++) png->palette[i * 4 + 3] = chunk[8 + i];
                png->has_alpha = 1;
            } else if (is_named(chunk, "iCCP") || is_named(chunk, "eXIf") || (chunk[4] & 0x20) == 0) {
                return -1;
            }
        }
        chunk += (size_t)length + 12;
    }
    if (contents->data_chunks == 0) return -1;
    return contents->color_type == PALETTE && png->palette_count == 0 ? -1 : 0;
}

static uint8_t *joined_data(const struct contents *contents) {
    uint8_t *joined = malloc(contents->data_count);
    if (joined == NULL) return NULL;
    const uint8_t *chunk = contents->first_data_chunk;
    size_t done = 0;
    for (size_t i = 0; i < contents->data_chunks; i++) {
        uint32_t length = big_endian(chunk);
        memcpy(joined + done, chunk + 8, length);
        done += length;
        chunk += (size_t)length + 12;
    }
    return joined;
}

static int inflate(const struct contents *contents, uint8_t *out, size_t size) {
    const uint8_t *data = contents->data;
    uint8_t *joined = NULL;
    if (contents->data_chunks > 1 && (data = joined = joined_data(contents)) == NULL) return -1;
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    int result = -1;
    if (decompressor != NULL)
        result = libdeflate_zlib_decompress(decompressor, data, contents->data_count, out, size, NULL)
                         == LIBDEFLATE_SUCCESS
                     ? 0
                     : -1;
    libdeflate_free_decompressor(decompressor);
    free(joined);
    return result;
}

int nft_png_open(const uint8_t *bytes, size_t count, size_t maximum, nft_png *png) {
    memset(png, 0, sizeof *png);
    struct contents contents = {0};
    if (read_chunks(bytes, count, png, &contents) != 0) return -1;
    png->row_size = (size_t)png->width * (size_t)png->samples;
    size_t size = (png->row_size + 1) * (size_t)png->height;
    if (size > maximum) return -1;
    png->bands = png->samples;
    if (contents.color_type == PALETTE) png->bands = png->has_alpha ? 4 : 3;
    if (contents.color_type >= GREY_ALPHA) png->has_alpha = 1;
    // Filters look at the row above the first, which is zeros; rows are read a little behind their end.
    png->raw = malloc(size + 16);
    png->above = calloc(png->row_size + 16, 1);
    if (contents.color_type == PALETTE) png->spread = malloc((size_t)png->width * 4 + 16);
    int isComplete = png->raw != NULL && png->above != NULL && (contents.color_type != PALETTE || png->spread != NULL)
                     && inflate(&contents, png->raw, size) == 0;
    for (int32_t y = 0; isComplete && y < png->height; y++)
        isComplete = png->raw[(size_t)y * (png->row_size + 1)] <= 4;
    if (isComplete) {
        memset(png->raw + size, 0, 16);
        return 0;
    }
    nft_png_close(png);
    return -1;
}

void nft_png_close(nft_png *png) {
    free(png->raw);
    free(png->above);
    free(png->spread);
    png->raw = png->above = png->spread = NULL;
}

static uint8_t paeth(int left, int above, int corner) {
    int a = abs(above - corner), b = abs(left - corner), c = abs(left + above - 2 * corner);
    return (uint8_t)(a <= b && a <= c ? left : b <= c ? above : corner);
}

static void unfilter_plainly(int filter, uint8_t *row, const uint8_t *above, size_t size, size_t samples) {
    for (size_t i = 0; i < size; i++) {
        int left = i >= samples ? row[i - samples] : 0, corner = i >= samples ? above[i - samples] : 0;
        switch (filter) {
        case 1: row[i] = (uint8_t)(row[i] + left); break;
        case 3: row[i] = (uint8_t)(row[i] + (left + above[i]) / 2); break;
        default: row[i] = (uint8_t)(row[i] + paeth(left, above[i], corner)); break;
        }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// One pixel of three or four samples at a time, which is as wide as these filters allow. `size` is a compile-time constant.
#define INLINE static inline __attribute__((always_inline))

INLINE __m128i load_pixel(const uint8_t *p) {
    int32_t value;
    memcpy(&value, p, 4);
    return _mm_cvtsi32_si128(value);
}

INLINE void store_pixel(uint8_t *p, __m128i pixel, size_t samples) {
    int32_t value = _mm_cvtsi128_si32(pixel);
    memcpy(p, &value, samples);
}

INLINE __m128i magnitude(__m128i x) { return _mm_max_epi16(x, _mm_sub_epi16(_mm_setzero_si128(), x)); }
INLINE __m128i choose(__m128i mask, __m128i yes, __m128i no) {
    return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

INLINE void unfilter_pixels(int filter, uint8_t *row, const uint8_t *above, size_t size, size_t samples) {
    const __m128i zero = _mm_setzero_si128(), one = _mm_set1_epi8(1);
    __m128i left = zero;
    if (filter == 1) {
        for (size_t i = 0; i < size; i += samples) {
            left = _mm_add_epi8(load_pixel(row + i), left);
            store_pixel(row + i, left, samples);
        }
    } else if (filter == 3) {
        for (size_t i = 0; i < size; i += samples) {
            __m128i up = load_pixel(above + i);
            // The instruction rounds up; where the sum is odd one is taken off again.
            __m128i mean = _mm_sub_epi8(_mm_avg_epu8(left, up), _mm_and_si128(_mm_xor_si128(left, up), one));
            left = _mm_add_epi8(load_pixel(row + i), mean);
            store_pixel(row + i, left, samples);
        }
    } else {
        __m128i corner = zero;
        for (size_t i = 0; i < size; i += samples) {
            __m128i up = _mm_unpacklo_epi8(load_pixel(above + i), zero);
            __m128i a = _mm_sub_epi16(up, corner), b = _mm_sub_epi16(left, corner);
            __m128i c = magnitude(_mm_add_epi16(a, b));
            a = magnitude(a);
            b = magnitude(b);
            __m128i smallest = _mm_min_epi16(c, _mm_min_epi16(a, b));
            __m128i nearest = choose(
                _mm_cmpeq_epi16(smallest, a), left, choose(_mm_cmpeq_epi16(smallest, b), up, corner));
            __m128i sum = _mm_add_epi8(load_pixel(row + i), _mm_packus_epi16(nearest, nearest));
            store_pixel(row + i, sum, samples);
            corner = up;
            left = _mm_unpacklo_epi8(sum, zero);
        }
    }
}
#endif

static void unfilter(int filter, uint8_t *row, const uint8_t *above, size_t size, size_t samples) {
    if (filter == 0) return;
    if (filter == 2) {
        for (size_t i = 0; i < size; i++) row[i] = (uint8_t)(row[i] + above[i]);
        return;
    }
#if defined(__x86_64__)
    if (samples == 3) return unfilter_pixels(filter, row, above, size, 3);
    if (samples == 4) return unfilter_pixels(filter, row, above, size, 4);
#endif
    unfilter_plainly(filter, row, above, size, samples);
}

const uint8_t *nft_png_next_row(nft_png *png) {
    uint8_t *row = png->raw + (size_t)png->next_row * (png->row_size + 1);
    const uint8_t *above = png->next_row == 0 ? png->above : row - png->row_size;
    int filter = *row++;
    unfilter(filter, row, above, png->row_size, (size_t)png->samples);
    png->next_row++;
    if (png->spread == NULL) return row;
    for (size_t x = 0; x < (size_t)png->width; x++)
        memcpy(png->spread + x * (size_t)png->bands, png->palette + (size_t)row[x] * 4, 4);
    return png->spread;
}
