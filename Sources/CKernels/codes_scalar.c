#include <string.h>

#include "codes_variants.h"

#pragma clang fp contract(off)

/// Adds what rows `row` to `end` of a block contribute, which begin at `block`.
static void add_rows(
    const struct nft_code_layout *layout, const uint8_t *block, size_t row, size_t end, const int8_t *weights,
    int32_t out[16]) {
    size_t ends[3] = {layout->rows4, layout->rows4 + layout->rows2, nft_code_rows(layout)}, start = 0;
    for (int kind = 0; kind < 3; kind++) {
        int bits = 4 >> kind;
        uint8_t mask = (uint8_t)((1 << bits) - 1);
        for (; start < ends[kind]; start++) {
            if (start < row || start >= end) {
                weights += 32 / bits;
                continue;
            }
            for (int shift = 0; shift < 8; shift += bits, weights += 4) {
                for (int v = 0; v < 16; v++) {
                    for (int i = 0; i < 4; i++) out[v] += (block[4 * v + i] >> shift & mask) * weights[i];
                }
            }
            block += NFT_CODES_ROW;
        }
    }
}

static void scan(
    const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *queries, size_t query_count) {
    size_t rows = nft_code_rows(layout), first_rows = layout->first_rows;
    for (size_t start = 0; start < count; start += NFT_CODES_BLOCK) {
        for (struct nft_code_query *q = queries; q < queries + query_count; q++) {
            int32_t first_sums[16] = {0}, sums[16];
            add_rows(layout, first, 0, first_rows, q->weights, first_sums);
            memcpy(sums, first_sums, sizeof sums);
            add_rows(layout, rest, first_rows, rows, q->weights, sums);
            uint32_t mask = 0;
            for (unsigned v = 0; v < 16; v++) {
                mask |= (uint32_t)(first_sums[v] > q->first_threshold && sums[v] > q->threshold) << v;
            }
            nft_codes_emit(mask & nft_codes_present(start, count), start, first_sums, sums, q);
        }
        first += first_rows * NFT_CODES_ROW;
        rest += (rows - first_rows) * NFT_CODES_ROW;
    }
}

static void centroid_sums(
    const uint8_t *blocks, size_t block_count, size_t groups, const int8_t *queries, size_t query_count,
    size_t query_stride, int32_t *sums, size_t sum_stride) {
    for (size_t b = 0; b < block_count; b++, blocks += groups * NFT_CODES_ROW) {
        for (size_t q = 0; q < query_count; q++) {
            int32_t out[16] = {0};
            const int8_t *query = queries + q * query_stride;
            for (size_t g = 0; g < groups; g++) {
                const uint8_t *row = blocks + g * NFT_CODES_ROW;
                for (int c = 0; c < 16; c++) {
                    for (int i = 0; i < 4; i++) out[c] += row[4 * c + i] * query[4 * g + (size_t)i];
                }
            }
            memcpy(sums + q * sum_stride + b * NFT_CODES_BLOCK, out, sizeof out);
        }
    }
}

static void row_sums(
    const uint8_t *rows, size_t stride, const uint32_t *positions, size_t count, const int8_t *high, const int8_t *low,
    int32_t *sums) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + positions[i] * stride;
        int32_t a = 0, b = 0;
        for (size_t j = 0; j < stride; j++) {
            a += row[j] * high[j];
            b += row[j] * low[j];
        }
        sums[2 * i] = a;
        sums[2 * i + 1] = b;
    }
}

static void project(const float *axes, size_t dimension, size_t axis_count, const float *vector, float *out) {
    memset(out, 0, axis_count * sizeof *out);
    for (size_t j = 0; j < dimension; j++) {
        for (size_t a = 0; a < axis_count; a++) {
            float product = vector[j] * axes[j * axis_count + a];
            out[a] = out[a] + product;
        }
    }
}

const struct nft_codes_kernel nft_codes_scalar = {scan, centroid_sums, row_sums, project};
