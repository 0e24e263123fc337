#include "resample.h"

#include <string.h>

// Clang's vector types: the same code becomes AVX-512, AVX2, NEON or SSE2, whatever the surrounding function may use.
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef int32_t ints4 __attribute__((vector_size(16)));
typedef int32_t ints16 __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))

// How far a load of 16 bytes for a group of four pixels may reach behind the end of a row.
enum { OVERHANG = 32, HALF = 1 << (NFT_RESAMPLE_PRECISION - 1) };

// The columns pass works on whole blocks of 16 bytes, so rows between the passes are padded.
INLINE size_t padded_row(int32_t columns) { return ((size_t)columns * 3 + 15) / 16 * 16; }

INLINE uint8_t clip(int32_t sum) {
    sum >>= NFT_RESAMPLE_PRECISION;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

// One row: four taps at a time, each tap in a group of four lanes (R, G, B and one lane that is dropped).
INLINE void resample_row(const uint8_t *row, nft_resample_axis columns, uint8_t *out) {
    for (int32_t x = 0; x < columns.count; x++) {
        const uint8_t *pixels = row + (size_t)columns.starts[x] * 3;
        const int32_t *weights = columns.coefficients + (size_t)x * columns.stride;
        ints16 sums = {0};
        for (int32_t t = 0; t < columns.lengths[x]; t += 4) {
            bytes16 raw;
            ints4 k;
            memcpy(&raw, pixels + (size_t)t * 3, sizeof raw);
            memcpy(&k, weights + t, sizeof k);
            bytes16 spread = __builtin_shufflevector(raw, raw, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12);
            ints16 lanes = __builtin_convertvector(spread, ints16);
            sums += lanes * __builtin_shufflevector(k, k, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        }
        ints4 total = __builtin_shufflevector(sums, sums, 0, 1, 2, 3) + __builtin_shufflevector(sums, sums, 4, 5, 6, 7)
                      + __builtin_shufflevector(sums, sums, 8, 9, 10, 11)
                      + __builtin_shufflevector(sums, sums, 12, 13, 14, 15);
        out[x * 3] = clip(total[0] + HALF);
        out[x * 3 + 1] = clip(total[1] + HALF);
        out[x * 3 + 2] = clip(total[2] + HALF);
    }
}

// One row of the result from `length` rows that lie `stride` bytes apart.
INLINE void resample_column_block(const uint8_t *rows, size_t stride, const int32_t *weights, int32_t length,
                                  uint8_t *out, size_t size) {
    for (size_t i = 0; i < size; i += 16) {
        ints16 sums = (ints16){0} + HALF;
        for (int32_t t = 0; t < length; t++) {
            bytes16 raw;
            memcpy(&raw, rows + (size_t)t * stride + i, sizeof raw);
            sums += __builtin_convertvector(raw, ints16) * weights[t];
        }
        sums >>= NFT_RESAMPLE_PRECISION;
        sums = __builtin_elementwise_min(__builtin_elementwise_max(sums, (ints16){0}), (ints16){0} + 255);
        bytes16 bytes = __builtin_convertvector(sums, bytes16);
        memcpy(out + i, &bytes, size - i < sizeof bytes ? size - i : sizeof bytes);
    }
}

// The first and the number of source rows that `rows` reads.
INLINE void source_rows(nft_resample_axis rows, int32_t *first, int32_t *count) {
    int32_t low = INT32_MAX, high = 0;
    for (int32_t y = 0; y < rows.count; y++) {
        int32_t end = rows.starts[y] + rows.lengths[y];
        if (rows.starts[y] < low) low = rows.starts[y];
        if (end > high) high = end;
    }
    *first = low;
    *count = high - low;
}

// Where the rows of the result go: as bytes, or through a table into planes of floats.
typedef struct target {
    uint8_t *bytes;
    const float *table;
    float *planes;
    size_t stride, plane;
} target;

INLINE void row_to_planes(const uint8_t *rgb, size_t count, const float *table, float *planes, size_t plane) {
    for (size_t i = 0; i < count; i++) {
        planes[i] = table[rgb[i * 3]];
        planes[plane + i] = table[256 + rgb[i * 3 + 1]];
        planes[2 * plane + i] = table[512 + rgb[i * 3 + 2]];
    }
}

INLINE void resample(const uint8_t *source, int32_t width, int32_t height, nft_resample_axis columns,
                     nft_resample_axis rows, uint8_t *scratch, target out) {
    int32_t first, count;
    source_rows(rows, &first, &count);
    size_t stride = padded_row(columns.count), row_size = (size_t)width * 3, total = row_size * (size_t)height;
    uint8_t *copy = scratch + stride * (size_t)count;
    for (int32_t y = 0; y < count; y++) {
        const uint8_t *row = source + (size_t)(first + y) * row_size;
        // Loads reach over the end of a row: harmless, since those lanes count nothing, except at the end of the picture.
        if ((size_t)(first + y + 1) * row_size + OVERHANG > total) {
            memcpy(copy, row, row_size);
            row = copy;
        }
        resample_row(row, columns, scratch + stride * (size_t)y);
    }
    size_t out_size = (size_t)columns.count * 3;
    uint8_t *line = copy + row_size + OVERHANG;
    for (int32_t y = 0; y < rows.count; y++) {
        uint8_t *bytes = out.bytes ? out.bytes + (size_t)y * out_size : line;
        resample_column_block(scratch + (size_t)(rows.starts[y] - first) * stride, stride,
                              rows.coefficients + (size_t)y * rows.stride, rows.lengths[y], bytes, out_size);
        if (out.planes)
            row_to_planes(bytes, (size_t)columns.count, out.table, out.planes + (size_t)y * out.stride, out.plane);
    }
}

#define VARIANT(name, attribute)                                                                                      \
    attribute static void name(const uint8_t *source, int32_t width, int32_t height, nft_resample_axis columns,       \
                               nft_resample_axis rows, uint8_t *scratch, target out) {                                \
        resample(source, width, height, columns, rows, scratch, out);                                                 \
    }

VARIANT(resample_portable, )
#if defined(__x86_64__)
VARIANT(resample_avx2, __attribute__((target("avx2"))))
VARIANT(resample_avx512, __attribute__((target("avx512f,avx512bw,avx512vl"))))
#endif

nft_resample_variant nft_resample_best_variant(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return NFT_RESAMPLE_AVX512;
    if (__builtin_cpu_supports("avx2")) return NFT_RESAMPLE_AVX2;
#endif
    return NFT_RESAMPLE_PORTABLE;
}

size_t nft_resample_scratch_size(int32_t width, nft_resample_axis columns, nft_resample_axis rows) {
    int32_t first, count;
    source_rows(rows, &first, &count);
    return padded_row(columns.count) * (size_t)count + (size_t)width * 3 + OVERHANG;
}

static void resample_by(nft_resample_variant variant, const uint8_t *source, int32_t width, int32_t height,
                        nft_resample_axis columns, nft_resample_axis rows, uint8_t *scratch, target out) {
    switch (variant) {
#if defined(__x86_64__)
    case NFT_RESAMPLE_AVX512: resample_avx512(source, width, height, columns, rows, scratch, out); return;
    case NFT_RESAMPLE_AVX2: resample_avx2(source, width, height, columns, rows, scratch, out); return;
#endif
    default: resample_portable(source, width, height, columns, rows, scratch, out);
    }
}

void nft_resample_rgb(nft_resample_variant variant, const uint8_t *source, int32_t width, int32_t height,
                      nft_resample_axis columns, nft_resample_axis rows, uint8_t *scratch, uint8_t *out) {
    resample_by(variant, source, width, height, columns, rows, scratch, (target){.bytes = out});
}

void nft_resample_to_planes(nft_resample_variant variant, const uint8_t *source, int32_t width, int32_t height,
                            nft_resample_axis columns, nft_resample_axis rows, uint8_t *scratch, const float *table,
                            float *planes, size_t stride, size_t plane) {
    resample_by(variant, source, width, height, columns, rows, scratch,
                (target){.table = table, .planes = planes, .stride = stride, .plane = plane});
}

void nft_transpose_rgb(const uint8_t *source, int32_t width, int32_t height, uint8_t *out) {
    // Squares of pixels that fit into the nearest cache, or every write would go to another page.
    enum { SIDE = 32 };
    for (int32_t top = 0; top < height; top += SIDE)
        for (int32_t left = 0; left < width; left += SIDE)
            for (int32_t x = left; x < width && x < left + SIDE; x++)
                for (int32_t y = top; y < height && y < top + SIDE; y++) {
                    const uint8_t *from = source + 3 * ((size_t)y * width + x);
                    uint8_t *to = out + 3 * ((size_t)x * height + y);
                    to[0] = from[0];
                    to[1] = from[1];
                    to[2] = from[2];
                }
}

void nft_rgb_to_planes(const uint8_t *rgb, size_t count, const float *table, float *planes) {
    row_to_planes(rgb, count, table, planes, count);
}
