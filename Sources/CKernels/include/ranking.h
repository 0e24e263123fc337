#ifndef NFT_RANKING_H
#define NFT_RANKING_H

#include <stddef.h>
#include <stdint.h>

#include "codes.h"

// What one search of the vector index does between the kernels: which lists come next, which vectors stay candidates.
// Everything here is plain C with the same result on every processor.

/// Splits a vector into two of int8: component j is about `scale · (128 · high[j] + low[j])`, with high within ±127 and low
/// in -64…63; components from `dimension` to `padded` are zero. Returns the scale.
float nft_split_query(const float *vector, size_t dimension, size_t padded, int8_t *high, int8_t *low);

/// Rounds a vector to int8: component j is about `scale · target[j]`. Returns the scale.
float nft_round_int8(const float *vector, size_t dimension, int8_t *target);

/// The same as bytes without sign, 128 added; components from `dimension` to `padded` are 128.
float nft_round_bytes(const float *vector, size_t dimension, size_t padded, uint8_t *target);

/// Values of 4, 2 or 1 bits, as a code layout allots them, for `coordinates[a] · inverse_steps[a]` in steps around zero.
void nft_round_codes(
    const struct nft_code_layout *layout, const float *coordinates, const float *inverse_steps, float inverse_scale,
    uint8_t *values);

/// Inner products with `count` centroids from the sums of both parts of a query, high ones first: each part's bias (128
/// times the sum of its components) is taken off, then both are put together.
void nft_centroid_scores(
    const int32_t *sums, size_t count, const float *scales, int32_t bias_high, int32_t bias_low, float scale,
    float *scores);

/// The same from the sums of row i's high and low parts at 2i and 2i + 1, for rows of the lists in `lists`.
void nft_list_scores(
    const int32_t *sums, size_t count, const uint32_t *lists, const float *scales, int32_t bias_high, int32_t bias_low,
    float scale, float *scores);

/// `scores[i] = unit · (sums[i] + offset) + weight · radii[i]`.
void nft_sum_scores(
    const int32_t *sums, size_t count, float unit, float offset, float weight, const float *radii, float *scores);

/// `keys[i] = bases[i] + weight · radii[lists[i]]`.
void nft_list_keys(
    const float *bases, size_t count, const uint32_t *lists, const float *radii, float weight, float *keys);

/// For each of `query_count` rows of `sums` (`count` apart): the index i with the largest `sums[i]·scales[i]·scale[q] - halves[i]`
/// after taking `biases[q]`, 128 times the sum of the query's components, from the sum. `count`: a multiple of 16.
void nft_nearest(
    const int32_t *sums, size_t count, const float *scales, const float *halves, const int32_t *biases,
    const float *query_scales, size_t query_count, uint32_t *nearest);

/// The `wanted` largest of `count` keys, most of them in descending order: keys are sorted into 1,024 intervals, and within
/// an interval they come by number. Writes their numbers to `numbers`, which has room for `count`; returns how many there
/// are, `wanted` or fewer. `intervals`: scratch, room for `count`.
size_t nft_order(const float *keys, size_t count, size_t wanted, uint16_t *intervals, uint32_t *numbers);

/// What a segment of codes knows of a vector: its row in the segment of originals, and the scale of its int8 row.
struct nft_place {
    uint32_t row;
    float scale;
};

/// The largest row of some places; zero for none.
uint32_t nft_largest_row(const struct nft_place *places, size_t count);

/// Which rows a search may find.
struct nft_row_filter {
    const uint64_t *dead_words;  ///< one bit a row; rows behind the end are alive
    size_t dead_word_count;
    const uint64_t *ids;  ///< of the rows from `first_row` on; looked at when `only_allowed`
    size_t first_row;
    size_t row_count;  ///< from `first_row` on; a place that names another row was damaged after it was checked
    int only_allowed;
    uint64_t allowed_base;  ///< of bit 0 of the first word
    const uint64_t *allowed_words;
    size_t allowed_word_count;
    const uint64_t *allowed_list;  ///< ascending; instead of words
    size_t allowed_list_count;
};

/// A vector that may be among the best.
struct nft_candidate {
    float score;
    uint32_t part;
    uint32_t position;
};

/// The best `wanted` candidates so far, and some more that were not sorted out yet.
struct nft_candidates {
    struct nft_candidate *items;  ///< room for `capacity`
    size_t count, capacity, wanted;
    float threshold;  ///< what is not above it cannot be among the best `wanted`
    float *best;      ///< a heap of the best scores, the lowest on top; room for `best_wanted`
    size_t best_count, best_wanted;
    uint32_t *positions;  ///< scratch for NFT_SCAN_CHUNK
    int32_t *sums;        ///< scratch for NFT_SCAN_CHUNK
    size_t scanned;       ///< vectors that were looked at
};

/// Vectors that are scanned with one threshold.
enum { NFT_SCAN_CHUNK = 1024 };

/// The codes of the vectors of one list.
struct nft_code_list {
    const uint8_t *blocks;
    size_t count;
    const struct nft_place *places;  ///< of the vectors, for the filter; null: rows are positions
    uint32_t part;
    uint32_t first_position;
    float base;    ///< the score of a vector is base + unit · (sum + offset)
    float unit;    ///< above 0
    float offset;
};

/// Scans a list; `filter` may be null. `candidates->capacity` is at least wanted + NFT_SCAN_CHUNK.
void nft_candidates_scan(
    struct nft_candidates *candidates, int kernel, const struct nft_code_layout *layout, const int8_t *weights,
    const struct nft_code_list *list, const struct nft_row_filter *filter);

/// The coded vectors of one segment, in the order of their lists.
struct nft_code_part {
    const uint8_t *blocks;
    const uint32_t *block_starts;  ///< the first block of every list
    const uint32_t *starts;        ///< the first vector of every list, and the number of all
    const struct nft_place *places;
    const struct nft_row_filter *filter;  ///< null: everything is allowed
    uint32_t part;
};

/// What is scanned for one query.
struct nft_probe {
    const struct nft_code_layout *layout;
    const int8_t *weights;
    float unit, offset;  ///< of a list of scale 1
    const struct nft_code_part *parts;
    size_t part_count;
    const uint32_t *lists;  ///< in the order in which they are scanned
    const float *bases;     ///< of these, in the same order
    size_t list_count;
    const float *list_scales, *radii;  ///< of all lists
    float patience;  ///< the search ends at a list with base + patience · radius below the best scores so far
};

/// Scans lists; returns how many.
size_t nft_candidates_probe(struct nft_candidates *candidates, int kernel, const struct nft_probe *probe);

/// Drops all but the best `wanted`.
void nft_candidates_finish(struct nft_candidates *candidates);

/// Moves the best `wanted` items to the front, in no order.
void nft_candidates_select(struct nft_candidate *items, size_t count, size_t wanted);

/// Sets the scores of `items`: `scale · places[p].scale · (128·(sums[2i] - bias_high) + sums[2i+1] - bias_low)`,
/// where p is the position that the sums were computed for.
void nft_row_scores(
    const int32_t *sums, size_t count, const struct nft_place *places, int32_t bias_high, int32_t bias_low, float scale,
    struct nft_candidate *items);

/// Asks for the cache lines of a range.
static inline void nft_prefetch(const void *address, size_t length) {
    for (size_t i = 0; i < length; i += 64) __builtin_prefetch((const char *)address + i, 0, 2);
}

#endif
