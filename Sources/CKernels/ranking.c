#include "ranking.h"

#include <math.h>
#include <string.h>

#pragma clang fp contract(off)

static float largest(const float *vector, size_t count) {
    float max = 0;
    for (size_t j = 0; j < count; j++) {
        float magnitude = fabsf(vector[j]);
        max = magnitude > max ? magnitude : max;
    }
    return max;
}

// Adding and taking off 1.5·2^23 rounds a number below 2^22 to the nearest whole one, ties to even, and is vectorised
// everywhere.
static inline int32_t rounded(float value) {
    float shifted = value + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4b400000;
}

float nft_split_query(const float *vector, size_t dimension, size_t padded, int8_t *high, int8_t *low) {
    float max = largest(vector, dimension), factor = max > 0 ? 16256 / max : 0;
    for (size_t j = 0; j < dimension; j++) {
        int32_t value = rounded(vector[j] * factor), part = (value + 64) >> 7;
        high[j] = (int8_t)part;
        low[j] = (int8_t)(value - part * 128);
    }
    memset(high + dimension, 0, padded - dimension);
    memset(low + dimension, 0, padded - dimension);
    return max / 16256;
}

float nft_round_int8(const float *vector, size_t dimension, int8_t *target) {
    float max = largest(vector, dimension), factor = max > 0 ? 127 / max : 0;
    for (size_t j = 0; j < dimension; j++) target[j] = (int8_t)rounded(vector[j] * factor);
    return max / 127;
}

float nft_round_bytes(const float *vector, size_t dimension, size_t padded, uint8_t *target) {
    float max = largest(vector, dimension), factor = max > 0 ? 127 / max : 0;
    for (size_t j = 0; j < dimension; j++) target[j] = (uint8_t)(rounded(vector[j] * factor) + 128);
    memset(target + dimension, 128, padded - dimension);
    return max / 127;
}

static void round_codes(
    const float *coordinates, const float *inverse_steps, float inverse_scale, size_t count, int bits, uint8_t *values) {
    float middle = (float)(1 << (bits - 1)), top = (float)((1 << bits) - 1);
    for (size_t a = 0; a < count; a++) {
        float value = floorf(coordinates[a] * inverse_steps[a] * inverse_scale + middle);
        value = value > 0 ? value : 0;
        values[a] = (uint8_t)(value < top ? value : top);
    }
}

void nft_round_codes(
    const struct nft_code_layout *layout, const float *coordinates, const float *inverse_steps, float inverse_scale,
    uint8_t *values) {
    size_t counts[3] = {8 * layout->rows4, 16 * layout->rows2, 32 * layout->rows1};
    for (int kind = 0; kind < 3; kind++) {
        round_codes(coordinates, inverse_steps, inverse_scale, counts[kind], 4 >> kind, values);
        coordinates += counts[kind];
        inverse_steps += counts[kind];
        values += counts[kind];
    }
}

void nft_centroid_scores(
    const int32_t *sums, size_t count, const float *scales, int32_t bias_high, int32_t bias_low, float scale,
    float *scores) {
    const int32_t *low = sums + count;
    for (size_t i = 0; i < count; i++) {
        float high_part = (float)(sums[i] - bias_high) * 128.0f, low_part = (float)(low[i] - bias_low);
        scores[i] = (high_part + low_part) * scales[i] * scale;
    }
}

void nft_list_scores(
    const int32_t *sums, size_t count, const uint32_t *lists, const float *scales, int32_t bias_high, int32_t bias_low,
    float scale, float *scores) {
    for (size_t i = 0; i < count; i++) {
        float high_part = (float)(sums[2 * i] - bias_high) * 128.0f, low_part = (float)(sums[2 * i + 1] - bias_low);
        scores[i] = (high_part + low_part) * scales[lists[i]] * scale;
    }
}

void nft_sum_scores(
    const int32_t *sums, size_t count, float unit, float offset, float weight, const float *radii, float *scores) {
    for (size_t i = 0; i < count; i++) scores[i] = unit * ((float)sums[i] + offset) + weight * radii[i];
}

void nft_list_keys(
    const float *bases, size_t count, const uint32_t *lists, const float *radii, float weight, float *keys) {
    for (size_t i = 0; i < count; i++) keys[i] = bases[i] + weight * radii[lists[i]];
}

void nft_nearest(
    const int32_t *sums, size_t count, const float *scales, const float *halves, const int32_t *biases,
    const float *query_scales, size_t query_count, uint32_t *nearest) {
    for (size_t q = 0; q < query_count; q++, sums += count) {
        float best[16], scale = query_scales[q];
        int32_t index[16], bias = biases[q];
        for (int i = 0; i < 16; i++) {
            best[i] = -INFINITY;
            index[i] = 0;
        }
        for (size_t c = 0; c < count; c += 16) {
            for (int i = 0; i < 16; i++) {
                float score = (float)(sums[c + (size_t)i] - bias) * scales[c + (size_t)i] * scale - halves[c + (size_t)i];
                index[i] = score > best[i] ? (int32_t)c : index[i];
                best[i] = score > best[i] ? score : best[i];
            }
        }
        size_t lane = 0;
        for (size_t i = 1; i < 16; i++) {
            if (best[i] > best[lane] || (best[i] == best[lane] && index[i] + (int32_t)i < index[lane] + (int32_t)lane)) {
                lane = i;
            }
        }
        nearest[q] = (uint32_t)index[lane] + (uint32_t)lane;
    }
}

// MARK: The order of lists

size_t nft_order(const float *keys, size_t count, size_t wanted, uint16_t *intervals, uint32_t *numbers) {
    enum { INTERVALS = 1024 };
    if (count == 0 || wanted == 0) return 0;
    float low = keys[0], high = keys[0];
    for (size_t i = 1; i < count; i++) {
        low = keys[i] < low ? keys[i] : low;
        high = keys[i] > high ? keys[i] : high;
    }
    // What is wanted lies in the upper part when few are wanted; there the intervals are narrower.
    float factor = high > low ? (INTERVALS - 1) / (high - low) : 0;
    uint32_t counts[INTERVALS] = {0};
    for (size_t i = 0; i < count; i++) {
        float distance = (high - keys[i]) * factor;
        intervals[i] = (uint16_t)(int32_t)(distance < INTERVALS - 1 ? distance : INTERVALS - 1);
    }
    for (size_t i = 0; i < count; i++) counts[intervals[i]]++;
    uint32_t total = 0;
    size_t last = 0;
    for (; last < INTERVALS; last++) {
        uint32_t here = counts[last];
        counts[last] = total;
        total += here;
        if (total >= wanted) break;
    }
    for (size_t i = 0; i < count; i++) {
        if (intervals[i] <= last) numbers[counts[intervals[i]]++] = (uint32_t)i;
    }
    return total < wanted ? total : wanted;
}

// MARK: Candidates

void nft_candidates_select(struct nft_candidate *items, size_t count, size_t wanted) {
    if (wanted == 0 || wanted >= count) return;
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, last = (ptrdiff_t)wanted - 1;
    while (low < high) {
        float pivot = items[low + (high - low) / 2].score;
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (items[i].score > pivot) i++;
            while (items[j].score < pivot) j--;
            if (i > j) break;
            struct nft_candidate item = items[i];
            items[i++] = items[j];
            items[j--] = item;
        }
        if (last <= j) {
            high = j;
        } else if (last >= i) {
            low = i;
        } else {
            return;
        }
    }
}

static void shrink(struct nft_candidates *c) {
    if (c->count < c->wanted) return;
    nft_candidates_select(c->items, c->count, c->wanted);
    c->count = c->wanted;
    float lowest = INFINITY;
    for (size_t i = 0; i < c->count; i++) lowest = c->items[i].score < lowest ? c->items[i].score : lowest;
    c->threshold = lowest;
}

static void remember(struct nft_candidates *c, float score) {
    float *heap = c->best;
    if (c->best_count < c->best_wanted) {
        size_t child = c->best_count++;
        while (child > 0 && heap[(child - 1) / 2] > score) {
            heap[child] = heap[(child - 1) / 2];
            child = (child - 1) / 2;
        }
        heap[child] = score;
    } else if (c->best_wanted > 0 && score > heap[0]) {
        size_t parent = 0;
        for (;;) {
            size_t child = 2 * parent + 1;
            if (child >= c->best_wanted) break;
            child += child + 1 < c->best_wanted && heap[child + 1] < heap[child];
            if (heap[child] >= score) break;
            heap[parent] = heap[child];
            parent = child;
        }
        heap[parent] = score;
    }
}

uint32_t nft_largest_row(const struct nft_place *places, size_t count) {
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) largest = places[i].row > largest ? places[i].row : largest;
    return largest;
}

static int is_allowed(const struct nft_row_filter *filter, uint32_t row) {
    if (row - filter->first_row >= filter->row_count) return 0;
    if (row / 64 < filter->dead_word_count && filter->dead_words[row / 64] >> (row % 64) & 1) return 0;
    if (!filter->only_allowed) return 1;
    uint64_t id = filter->ids[row - filter->first_row];
    if (filter->allowed_words) {
        if (id < filter->allowed_base || (id - filter->allowed_base) / 64 >= filter->allowed_word_count) return 0;
        return filter->allowed_words[(id - filter->allowed_base) / 64] >> (id % 64) & 1;
    }
    size_t low = 0, high = filter->allowed_list_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (filter->allowed_list[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < filter->allowed_list_count && filter->allowed_list[low] == id;
}

/// What a sum has to exceed for its score to be able to exceed the threshold.
static int32_t sum_limit(const struct nft_candidates *c, const struct nft_code_list *list) {
    float limit = floorf((c->threshold - list->base) / list->unit - list->offset) - 1;
    // Written so that NaN lets everything pass.
    if (!(limit > -2147483520.0f)) return INT32_MIN;
    return limit > 2147483520.0f ? INT32_MAX : (int32_t)limit;
}

void nft_candidates_scan(
    struct nft_candidates *c, int kernel, const struct nft_code_layout *layout, const int8_t *weights,
    const struct nft_code_list *list, const struct nft_row_filter *filter) {
    size_t block_length = (layout->rows4 + layout->rows2 + layout->rows1) * (size_t)NFT_CODES_ROW;
    for (size_t start = 0; start < list->count; start += NFT_SCAN_CHUNK) {
        size_t count = list->count - start < NFT_SCAN_CHUNK ? list->count - start : NFT_SCAN_CHUNK;
        if (c->count + count > c->capacity) shrink(c);
        size_t found = nft_codes_scan(
            kernel, layout, list->blocks + start / NFT_CODES_BLOCK * block_length, count, weights, sum_limit(c, list),
            c->positions, c->sums);
        for (size_t i = 0; i < found; i++) {
            float score = list->base + list->unit * ((float)c->sums[i] + list->offset);
            if (!(score > c->threshold)) continue;
            uint32_t place = (uint32_t)start + c->positions[i];
            if (filter && !is_allowed(filter, list->places ? list->places[place].row : list->first_position + place)) continue;
            c->items[c->count++] = (struct nft_candidate){score, list->part, list->first_position + place};
            remember(c, score);
        }
        c->scanned += count;
        if (c->count >= 2 * c->wanted) shrink(c);
    }
}

size_t nft_candidates_probe(struct nft_candidates *c, int kernel, const struct nft_probe *probe) {
    enum { FETCHED_AHEAD = 2048 };
    const struct nft_code_layout *layout = probe->layout;
    size_t block_length = (layout->rows4 + layout->rows2 + layout->rows1) * (size_t)NFT_CODES_ROW;
    for (size_t i = 0; i < probe->list_count; i++) {
        uint32_t list = probe->lists[i];
        float base = probe->bases[i];
        if (c->best_count == c->best_wanted && c->best_wanted > 0
            && base + probe->patience * probe->radii[list] < c->best[0]) {
            return i;
        }
        for (size_t p = 0; p < probe->part_count; p++) {
            const struct nft_code_part *part = &probe->parts[p];
            if (i + 1 < probe->list_count) {
                nft_prefetch(part->blocks + part->block_starts[probe->lists[i + 1]] * block_length, FETCHED_AHEAD);
            }
            struct nft_code_list scanned = {
                .blocks = part->blocks + part->block_starts[list] * block_length,
                .count = part->starts[list + 1] - part->starts[list],
                .places = part->places + part->starts[list],
                .part = part->part,
                .first_position = part->starts[list],
                .base = base,
                .unit = probe->unit * probe->list_scales[list],
                .offset = probe->offset,
            };
            nft_candidates_scan(c, kernel, layout, probe->weights, &scanned, part->filter);
        }
    }
    return probe->list_count;
}

void nft_candidates_finish(struct nft_candidates *c) {
    if (c->count > c->wanted) shrink(c);
}

void nft_row_scores(
    const int32_t *sums, size_t count, const struct nft_place *places, int32_t bias_high, int32_t bias_low, float scale,
    struct nft_candidate *items) {
    for (size_t i = 0; i < count; i++) {
        float high_part = (float)(sums[2 * i] - bias_high) * 128.0f, low_part = (float)(sums[2 * i + 1] - bias_low);
        items[i].score = (high_part + low_part) * places[items[i].position].scale * scale;
    }
}
