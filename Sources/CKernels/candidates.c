#include "candidates.h"

#include <math.h>

#pragma clang fp contract(off)

// Kernels write whole blocks of what they find.
_Static_assert(NFT_SCAN_CHUNK % NFT_CODES_BLOCK == 0, "a chunk is some blocks");

// MARK: Keeping the best

/// The `wanted`-th largest of the scores from `low` to `high`, of which there are as many, and how many are above it.
///
/// Scores are counted in intervals of that range; the interval that it must be in becomes the range, until few are left.
static float limit_of(
    const struct nft_candidate *items, size_t count, size_t wanted, float low, float high, size_t *above) {
    enum { INTERVALS = 256, FEW = 24 };
    *above = 0;
    while (high > low) {
        float factor = (INTERVALS - 1) / (high - low);
        uint32_t counts[INTERVALS] = {0};
        if (!(factor < INFINITY) || !(factor > 0)) break;
        for (size_t i = 0; i < count; i++) {
            float score = items[i].score;
            if (score >= low && score <= high) counts[(int32_t)((high - score) * factor)]++;
        }
        size_t interval = 0, before = 0;
        while (interval < INTERVALS - 1 && before + counts[interval] < wanted) before += counts[interval++];
        wanted -= before;
        *above += before;
        float few[FEW], lowest = INFINITY, highest = -INFINITY;
        size_t found = 0;
        for (size_t i = 0; i < count; i++) {
            float score = items[i].score;
            if (!(score >= low && score <= high) || (int32_t)((high - score) * factor) != (int32_t)interval) continue;
            lowest = score < lowest ? score : lowest;
            highest = score > highest ? score : highest;
            if (found++ >= FEW) continue;
            size_t place = found - 1;
            for (; place > 0 && few[place - 1] < score; place--) few[place] = few[place - 1];
            few[place] = score;
        }
        if (found <= FEW && wanted <= found) {
            size_t first = wanted - 1;
            while (first > 0 && few[first - 1] == few[wanted - 1]) first--;
            *above += first;
            return few[wanted - 1];
        }
        low = lowest;
        high = highest;
    }
    // All equal, or a range that floats cannot divide: each next lower score, until enough are not below it.
    for (float limit = high;;) {
        size_t equal = 0;
        float next = low;
        for (size_t i = 0; i < count; i++) {
            float score = items[i].score;
            equal += score == limit;
            next = score < limit && score > next ? score : next;
        }
        if (equal >= wanted || !(next < limit)) return limit;
        wanted -= equal;
        *above += equal;
        limit = next;
    }
}

float nft_candidates_keep(struct nft_candidate *items, size_t count, size_t wanted) {
    // In lanes, so that one comparison need not wait for another.
    enum { LANES = 4 };
    float lows[LANES], highs[LANES];
    for (size_t i = 0; i < LANES; i++) {
        lows[i] = INFINITY;
        highs[i] = -INFINITY;
    }
    for (size_t i = 0; i < count; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            float score = items[i + j < count ? i + j : i].score;
            lows[j] = score < lows[j] ? score : lows[j];
            highs[j] = score > highs[j] ? score : highs[j];
        }
    }
    float low = lows[0], high = highs[0];
    for (size_t i = 1; i < LANES; i++) {
        low = lows[i] < low ? lows[i] : low;
        high = highs[i] > high ? highs[i] : high;
    }
    if (wanted >= count) return low;
    size_t above, kept = 0;
    float limit = limit_of(items, count, wanted, low, high, &above);
    size_t equal = wanted - above;
    for (size_t i = 0; i < count && kept < wanted; i++) {
        struct nft_candidate item = items[i];
        size_t is_equal = (item.score == limit) & (equal > 0);
        equal -= is_equal;
        items[kept] = item;
        kept += (size_t)(item.score > limit) | is_equal;
    }
    return limit;
}

void nft_candidates_sort(struct nft_candidate *items, size_t count) {
    // Shell's method: they are few, some ten, unless somebody wants thousands of hits.
    for (size_t gap = count; gap > 1;) {
        gap = gap < 5 ? 1 : gap * 5 / 11;
        for (size_t i = gap; i < count; i++) {
            struct nft_candidate item = items[i];
            size_t place = i;
            for (; place >= gap && items[place - gap].score < item.score; place -= gap) items[place] = items[place - gap];
            items[place] = item;
        }
    }
}

static void shrink(struct nft_candidates *c) {
    if (c->count < c->wanted) return;
    c->threshold = nft_candidates_keep(c->items, c->count, c->wanted);
    c->count = c->wanted;
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

int32_t nft_candidates_sum_limit(const struct nft_candidates *c, float base, float unit, float offset) {
    float limit = floorf((c->threshold - base) / unit - offset) - 1;
    // Written so that NaN lets everything pass.
    if (!(limit > -2147483520.0f)) return INT32_MIN;
    return limit > 2147483520.0f ? INT32_MAX : (int32_t)limit;
}

/// Puts a score into the heap of the best, which has room or whose lowest one is lower.
static void remember(struct nft_candidates *c, float score) {
    float *heap = c->best;
    if (c->best_count < c->best_wanted) {
        size_t child = c->best_count++;
        while (child > 0 && heap[(child - 1) / 2] > score) {
            heap[child] = heap[(child - 1) / 2];
            child = (child - 1) / 2;
        }
        heap[child] = score;
        return;
    }
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

void nft_candidates_take(
    struct nft_candidates *c, const struct nft_scored *scored, const struct nft_place *places,
    const struct nft_row_filter *filter) {
    size_t count = c->count;
    for (size_t i = 0; i < scored->count; i++) {
        // Written without a jump: whether a score is above the threshold cannot be foreseen.
        uint32_t position = scored->first_position + scored->positions[i];
        c->items[count] = (struct nft_candidate){scored->scores[i], scored->part, position};
        size_t is_taken = scored->scores[i] > c->threshold;
        if (scored->first_sums) is_taken &= scored->first_sums[i] > scored->first_limit;
        if (filter && is_taken) is_taken = (size_t)is_allowed(filter, places ? places[position].row : position);
        count += is_taken;
    }
    if (c->best_wanted > 0) {
        for (size_t i = c->count; i < count; i++) {
            float score = c->items[i].score;
            if (c->best_count < c->best_wanted || score > c->best[0]) remember(c, score);
        }
    }
    c->count = count;
    if (c->count >= 2 * c->wanted) shrink(c);
}

void nft_candidates_scan(
    struct nft_candidates *c, int kernel, const struct nft_code_layout *layout, const int8_t *weights,
    const struct nft_code_list *list, const struct nft_row_filter *filter) {
    for (size_t start = 0; start < list->count; start += NFT_SCAN_CHUNK) {
        size_t count = list->count - start < NFT_SCAN_CHUNK ? list->count - start : NFT_SCAN_CHUNK;
        size_t block = start / NFT_CODES_BLOCK;
        struct nft_code_query query = {
            .weights = weights,
            .first_threshold = nft_candidates_sum_limit(c, list->base, list->unit, list->first_offset),
            .threshold = nft_candidates_sum_limit(c, list->base, list->unit, list->offset),
            .positions = c->positions,
            .sums = c->sums,
        };
        nft_codes_scan(
            kernel, layout, list->first + block * nft_first_length(layout), list->rest + block * nft_rest_length(layout),
            count, &query, 1);
        nft_code_scores(list, c->sums, query.found, c->scores);
        struct nft_scored scored = {
            .scores = c->scores,
            .positions = c->positions,
            .count = query.found,
            .first_position = list->first_position + (uint32_t)start,
            .part = list->part,
        };
        nft_candidates_take(c, &scored, list->places, filter);
        c->scanned += count;
    }
}

struct nft_code_list nft_probe_list(
    const struct nft_probe *probe, size_t place, const struct nft_code_part *part) {
    const struct nft_code_layout *layout = probe->layout;
    uint32_t list = probe->lists[place];
    const uint32_t *starts = part->block_starts + list;
    const uint8_t *blocks = part->blocks + starts[0] * (nft_first_length(layout) + nft_rest_length(layout));
    return (struct nft_code_list){
        .first = blocks,
        .rest = blocks + (starts[1] - starts[0]) * nft_first_length(layout),
        .count = part->starts[list + 1] - part->starts[list],
        .places = part->places,
        .part = part->part,
        .first_position = part->starts[list],
        .base = probe->bases[place],
        .unit = probe->unit * probe->list_scales[list],
        .offset = probe->offset,
        .first_offset = probe->first_offset,
    };
}

size_t nft_candidates_probe(struct nft_candidates *c, int kernel, const struct nft_probe *probe) {
    enum { FETCHED_AHEAD = 1 << 14 };
    const struct nft_code_layout *layout = probe->layout;
    for (size_t i = 0; i < probe->list_count; i++) {
        if (c->best_count == c->best_wanted && c->best_wanted > 0
            && probe->bases[i] + probe->patience * probe->radii[probe->lists[i]] < c->best[0]) {
            return i;
        }
        for (size_t p = 0; p < probe->part_count; p++) {
            const struct nft_code_part *part = &probe->parts[p];
            if (i + 1 < probe->list_count) {
                struct nft_code_list next = nft_probe_list(probe, i + 1, part);
                size_t length = (size_t)(next.rest - next.first);
                nft_prefetch(next.first, length < FETCHED_AHEAD ? length : FETCHED_AHEAD);
            }
            struct nft_code_list list = nft_probe_list(probe, i, part);
            nft_candidates_scan(c, kernel, layout, probe->weights, &list, part->filter);
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
