#include <string.h>

#include "codes_variants.h"

#pragma clang fp contract(off)

static void block_sums(
    const struct nft_code_layout *layout, const uint8_t *block, const int8_t *weights, int32_t out[16]) {
    memset(out, 0, 16 * sizeof *out);
    size_t ends[3] = {layout->rows4, layout->rows4 + layout->rows2, nft_code_rows(layout)};
    size_t row = 0;
    for (int kind = 0; kind < 3; kind++) {
        int bits = 4 >> kind;
        uint8_t mask = (uint8_t)((1 << bits) - 1);
        for (; row < ends[kind]; row++, block += NFT_CODES_ROW) {
            for (int shift = 0; shift < 8; shift += bits, weights += 4) {
                for (int v = 0; v < 16; v++) {
                    for (int i = 0; i < 4; i++) out[v] += (block[4 * v + i] >> shift & mask) * weights[i];
                }
            }
        }
    }
}

static void scan(
    const struct nft_code_layout *layout, const uint8_t *blocks, size_t count, struct nft_code_query *queries,
    size_t query_count) {
    size_t block_length = nft_code_rows(layout) * NFT_CODES_ROW;
    for (size_t first = 0; first < count; first += NFT_CODES_BLOCK, blocks += block_length) {
        for (struct nft_code_query *q = queries; q < queries + query_count; q++) {
            int32_t out[16];
            block_sums(layout, blocks, q->weights, out);
            uint32_t mask = 0;
            for (unsigned v = 0; v < 16; v++) mask |= (uint32_t)(out[v] > q->threshold) << v;
            mask &= nft_codes_present(first, count);
            q->found = nft_codes_emit(mask, first, out, q->positions, q->sums, q->found);
        }
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
