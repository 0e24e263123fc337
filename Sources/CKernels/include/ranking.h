#ifndef NFT_RANKING_H
#define NFT_RANKING_H

#include <stddef.h>
#include <stdint.h>

#include "codes.h"

// What one search of the vector index does between the kernels: how a query is rounded, and which lists come first.
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

#endif
