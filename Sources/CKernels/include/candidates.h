#ifndef NFT_CANDIDATES_H
#define NFT_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "codes.h"

// Which of the vectors that one search looks at stay candidates. Plain C with the same result on every processor.

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
    float *scores;        ///< scratch for NFT_SCAN_CHUNK
    size_t scanned;       ///< vectors that were looked at
};

/// Vectors that are scanned with one threshold.
enum { NFT_SCAN_CHUNK = 1024 };

/// The codes of the vectors of one list.
struct nft_code_list {
    const uint8_t *first, *rest;  ///< rows of the blocks, as `nft_codes_scan` takes them
    size_t count;
    const struct nft_place *places;  ///< of all positions, for the filter; null: rows are positions
    uint32_t part;
    uint32_t first_position;
    float base;    ///< the score of a vector is base + unit · (sum + offset)
    float unit;    ///< above 0
    float offset;
    float first_offset;  ///< base + unit · (sum + first_offset) of the first rows: more than that it will hardly be
};

/// Scans a list; `filter` may be null. `candidates->capacity` is at least 2 wanted + NFT_SCAN_CHUNK.
void nft_candidates_scan(
    struct nft_candidates *candidates, int kernel, const struct nft_code_layout *layout, const int8_t *weights,
    const struct nft_code_list *list, const struct nft_row_filter *filter);

/// The coded vectors of one segment, in the order of their lists; the blocks of a list lie together.
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
    float unit, offset, first_offset;  ///< of a list of scale 1
    const struct nft_code_part *parts;
    size_t part_count;
    const uint32_t *lists;  ///< in the order in which they are scanned
    const float *bases;     ///< of these, in the same order
    size_t list_count;
    const float *list_scales, *radii;  ///< of all lists
    float patience;  ///< the search ends at a list with base + patience · radius below the best scores so far
};

/// What a part has of the list that is scanned at `place`.
struct nft_code_list nft_probe_list(
    const struct nft_probe *probe, size_t place, const struct nft_code_part *part);

/// Scans lists; returns how many.
size_t nft_candidates_probe(struct nft_candidates *candidates, int kernel, const struct nft_probe *probe);

/// Drops all but the best `wanted`.
void nft_candidates_finish(struct nft_candidates *candidates);

/// Moves the best `wanted` (at least 1) of `count` items to the front, in the order that they have; of those with equal
/// scores the first. What is behind them is of no use then. Returns the lowest score that is kept.
float nft_candidates_keep(struct nft_candidate *items, size_t count, size_t wanted);

/// Sorts items by score, the best first.
void nft_candidates_sort(struct nft_candidate *items, size_t count);

/// What a scan has found: vectors of one part and a score for each.
struct nft_scored {
    const float *scores;
    const uint32_t *positions;  ///< `first_position` is added to them
    size_t count;               ///< at most NFT_SCAN_CHUNK
    uint32_t first_position;
    uint32_t part;
    const int32_t *first_sums;  ///< null: of all of them above the limit
    int32_t first_limit;
};

/// Takes those whose score is above the threshold, whose first sum is above its limit, and that the filter lets pass, and
/// drops what cannot be among the best any more if it is much.
///
/// `filter` may be null; `places`: of the positions; null: rows are positions.
void nft_candidates_take(
    struct nft_candidates *candidates, const struct nft_scored *scored, const struct nft_place *places,
    const struct nft_row_filter *filter);

/// Scores of a list's vectors from the sums of their codes.
static inline void nft_code_scores(const struct nft_code_list *list, const int32_t *sums, size_t count, float *scores) {
#pragma clang fp contract(off)
    for (size_t i = 0; i < count; i++) scores[i] = list->base + list->unit * ((float)sums[i] + list->offset);
}

/// What the sum of a vector's code has to exceed for its score to be able to exceed the threshold.
int32_t nft_candidates_sum_limit(const struct nft_candidates *candidates, float base, float unit, float offset);

/// Sets the scores of `items`: `scale · places[p].scale · (128·(sums[2i] - bias_high) + sums[2i+1] - bias_low)`,
/// where p is the position that the sums were computed for.
void nft_row_scores(
    const int32_t *sums, size_t count, const struct nft_place *places, int32_t bias_high, int32_t bias_low, float scale,
    struct nft_candidate *items);

/// Bytes of the first rows of a block, and of its others.
static inline size_t nft_first_length(const struct nft_code_layout *layout) {
    return layout->first_rows * (size_t)NFT_CODES_ROW;
}
static inline size_t nft_rest_length(const struct nft_code_layout *layout) {
    return (layout->rows4 + layout->rows2 + layout->rows1 - layout->first_rows) * (size_t)NFT_CODES_ROW;
}

/// Asks for the cache lines of a range.
static inline void nft_prefetch(const void *address, size_t length) {
    for (size_t i = 0; i < length; i += 64) __builtin_prefetch((const char *)address + i, 0, 2);
}

#endif
