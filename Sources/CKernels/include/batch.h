#ifndef NFT_BATCH_H
#define NFT_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "candidates.h"

// Lists of codes scanned for many queries at a time, with the result of nft_candidates_probe for each of them.

/// One of the queries.
struct nft_batch_query {
    struct nft_candidates candidates;
    struct nft_probe probe;  ///< of all queries with the same parts
    size_t done;             ///< lists that were scanned; 0 at first

    // What belongs to the round under way.
    size_t taken;
    size_t first_visit;
    int is_over;
};

/// A list that is scanned for a query.
struct nft_batch_visit {
    uint32_t query;
    uint32_t next;               ///< the next one of the same list
    uint32_t first_run, last_run;  ///< what was found, in the order of parts and positions
    int is_skipped;                ///< there was no room for it: the query scans this list by itself
};

/// What was found for a query in vectors that follow each other: numbers `first` and so on of what the round has found.
struct nft_batch_run {
    uint32_t first, count, part, first_position;
    uint32_t next;  ///< of the same visit
};

/// Scratch memory.
struct nft_batch_memory {
    uint32_t *heads;   ///< one for each list, all NFT_BATCH_NONE between calls
    uint64_t *wanted;  ///< one bit for each list, all 0 between calls
    size_t list_count;
    float *scores;        ///< of vectors that were above their thresholds at the beginning of the round
    uint32_t *positions;
    int32_t *first_sums;
    size_t found_limit;
    struct nft_batch_run *runs;
    size_t run_limit;
    struct nft_batch_visit *visits;
    size_t visit_limit;              ///< at least the number of queries
    uint32_t *scanned_positions;     ///< 2 NFT_SCAN_CHUNK
    int32_t *scanned_sums;           ///< 2 NFT_SCAN_CHUNK
    int32_t *scanned_first_sums;     ///< 2 NFT_SCAN_CHUNK
};

#define NFT_BATCH_NONE UINT32_MAX

/// Scans lists for all queries, of which there are `count`.
///
/// Goes in rounds: each query takes some of its next lists, every list is then scanned for all that took it, and in the end
/// each query goes through what was found in the order of its own lists, with its own threshold. So its candidates are, bit by
/// bit, those that it would find alone.
void nft_batch_probe(struct nft_batch_query *queries, size_t count, int kernel, struct nft_batch_memory *memory);

#endif
