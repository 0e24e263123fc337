#include "batch.h"

#include <string.h>

#pragma clang fp contract(off)

/// Whether the search ends before its list of that place.
static int is_end(const struct nft_batch_query *q, size_t place) {
    const struct nft_candidates *c = &q->candidates;
    if (place == q->probe.list_count) return 1;
    if (c->best_count < c->best_wanted || c->best_wanted == 0) return 0;
    return q->probe.bases[place] + q->probe.patience * q->probe.radii[q->probe.lists[place]] < c->best[0];
}

// MARK: Taking lists

/// Takes at most `limit` lists. More of them share more work, but thresholds and the end are those of the last round: with
/// some times as many vectors as were scanned before, what passes needlessly stays little.
static void take(struct nft_batch_query *q, size_t limit) {
    enum { GROWTH = 8 };
    size_t wish = GROWTH * q->candidates.scanned;
    wish = wish > 2 * q->candidates.wanted ? wish : 2 * q->candidates.wanted;
    size_t vectors = 0;
    q->taken = 0;
    for (size_t place = q->done; vectors < wish && q->taken < limit; place++) {
        // The best scores only rise: where the search would end now it will end.
        if (is_end(q, place)) {
            q->is_over = place == q->done;
            return;
        }
        for (size_t p = 0; p < q->probe.part_count; p++) {
            const uint32_t *starts = q->probe.parts[p].starts + q->probe.lists[place];
            vectors += starts[1] - starts[0];
        }
        q->taken++;
    }
}

static void enter(struct nft_batch_query *queries, uint32_t number, size_t *visit_count, struct nft_batch_memory *m) {
    struct nft_batch_query *q = &queries[number];
    q->first_visit = *visit_count;
    for (size_t i = 0; i < q->taken; i++) {
        uint32_t list = q->probe.lists[q->done + i];
        m->visits[*visit_count] =
            (struct nft_batch_visit){number, m->heads[list], NFT_BATCH_NONE, NFT_BATCH_NONE, 0};
        m->heads[list] = (uint32_t)(*visit_count)++;
        m->wanted[list / 64] |= (uint64_t)1 << list % 64;
    }
}

// MARK: Scanning

struct stock {
    size_t found, runs;
};

/// Codes that are asked for while others are scanned.
struct ahead {
    const uint8_t *next, *end;
};

static void fetch(struct ahead *ahead, size_t length) {
    if (ahead->next >= ahead->end) return;
    size_t left = (size_t)(ahead->end - ahead->next);
    length = left < length ? left : length;
    nft_prefetch(ahead->next, length);
    ahead->next += length;
}

/// Keeps what a scan has found for a visit.
static void keep(
    struct nft_batch_visit *visit, const struct nft_code_query *scanned, const struct nft_code_list *list,
    struct stock *stock, struct nft_batch_memory *m) {
    if (scanned->found == 0) return;
    nft_code_scores(list, scanned->sums, scanned->found, m->scores + stock->found);
    memcpy(m->positions + stock->found, scanned->positions, scanned->found * sizeof *scanned->positions);
    memcpy(m->first_sums + stock->found, scanned->first_sums, scanned->found * sizeof *scanned->first_sums);
    uint32_t run = (uint32_t)stock->runs++;
    m->runs[run] = (struct nft_batch_run){
        (uint32_t)stock->found, (uint32_t)scanned->found, list->part, list->first_position, NFT_BATCH_NONE};
    if (visit->last_run == NFT_BATCH_NONE) {
        visit->first_run = run;
    } else {
        m->runs[visit->last_run].next = run;
    }
    visit->last_run = run;
    stock->found += scanned->found;
}

/// Scans a list for one or two of the queries that took it, `head` first; returns the next one.
static uint32_t scan_list(
    uint32_t head, struct nft_batch_query *queries, int kernel, struct stock *stock,
    struct nft_batch_memory *m) {
    struct nft_batch_visit *visits[2] = {&m->visits[head], NULL};
    size_t width = 1;
    if (visits[0]->next != NFT_BATCH_NONE) visits[width++] = &m->visits[visits[0]->next];
    struct nft_code_query scanned[2];
    struct nft_code_list lists[2];
    size_t places[2];
    for (size_t i = 0; i < width; i++) {
        const struct nft_batch_query *q = &queries[visits[i]->query];
        places[i] = q->done + (size_t)(visits[i] - m->visits) - q->first_visit;
    }
    const struct nft_probe *any = &queries[visits[0]->query].probe;
    const struct nft_code_layout *layout = any->layout;
    for (uint32_t p = 0; p < any->part_count; p++) {
        for (size_t i = 0; i < width; i++) {
            const struct nft_batch_query *q = &queries[visits[i]->query];
            lists[i] = nft_probe_list(&q->probe, places[i], &q->probe.parts[p]);
            // Runs know parts by their place.
            lists[i].part = p;
            scanned[i] = (struct nft_code_query){
                .weights = q->probe.weights,
                .first_threshold =
                    nft_candidates_sum_limit(&q->candidates, lists[i].base, lists[i].unit, lists[i].first_offset),
                .threshold = nft_candidates_sum_limit(&q->candidates, lists[i].base, lists[i].unit, lists[i].offset),
                .positions = m->scanned_positions + i * NFT_SCAN_CHUNK,
                .sums = m->scanned_sums + i * NFT_SCAN_CHUNK,
                .first_sums = m->scanned_first_sums + i * NFT_SCAN_CHUNK,
            };
        }
        size_t total = lists[0].count;
        for (size_t start = 0; start < total; start += NFT_SCAN_CHUNK) {
            size_t count = total - start < NFT_SCAN_CHUNK ? total - start : NFT_SCAN_CHUNK;
            if (stock->found + width * count > m->found_limit || stock->runs + width > m->run_limit) {
                for (size_t i = 0; i < width; i++) visits[i]->is_skipped = 1;
                return visits[width - 1]->next;
            }
            for (size_t i = 0; i < width; i++) scanned[i].found = 0;
            size_t block = start / NFT_CODES_BLOCK;
            nft_codes_scan(
                kernel, layout, lists[0].first + block * nft_first_length(layout),
                lists[0].rest + block * nft_rest_length(layout), count, scanned, width);
            for (size_t i = 0; i < width; i++) {
                keep(visits[i], &scanned[i], &lists[i], stock, m);
                lists[i].first_position += (uint32_t)count;
            }
        }
    }
    return visits[width - 1]->next;
}

static uint32_t next_wanted(const struct nft_batch_memory *m, uint32_t list) {
    for (size_t word = list / 64; word < (m->list_count + 63) / 64; word++) {
        uint64_t bits = m->wanted[word];
        if (word == list / 64) bits &= ~(uint64_t)0 << list % 64;
        if (bits) return (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
    }
    return NFT_BATCH_NONE;
}

/// Scans all lists that were taken, in the order in which they lie in the files.
static void scan(struct nft_batch_query *queries, int kernel, struct nft_batch_memory *m) {
    enum { FETCHED_AT_ONCE = 1 << 14 };
    struct stock stock = {0, 0};
    const struct nft_probe *any = &queries->probe;
    const struct nft_code_layout *layout = any->layout;
    size_t block_length = nft_first_length(layout) + nft_rest_length(layout);
    uint32_t list = next_wanted(m, 0);
    while (list != NFT_BATCH_NONE) {
        m->wanted[list / 64] &= ~((uint64_t)1 << list % 64);
        uint32_t following = next_wanted(m, list);
        // Of the first part, which is the largest; the others' lists are short.
        struct ahead ahead = {0};
        if (following != NFT_BATCH_NONE) {
            const uint32_t *starts = any->parts->block_starts + following;
            ahead.next = any->parts->blocks + starts[0] * block_length;
            ahead.end = ahead.next + (starts[1] - starts[0]) * nft_first_length(layout);
        }
        uint32_t head = m->heads[list];
        while (head != NFT_BATCH_NONE) {
            fetch(&ahead, FETCHED_AT_ONCE);
            head = scan_list(head, queries, kernel, &stock, m);
        }
        m->heads[list] = NFT_BATCH_NONE;
        list = following;
    }
}

// MARK: Going through what was found

/// Asks for what a visit has found: what lies far from each other was written by the order of lists.
static void fetch_visit(const struct nft_batch_query *q, size_t number, const struct nft_batch_memory *m) {
    enum { RUN_AHEAD = 4, FOUND_AHEAD = 2 };
    if (number + RUN_AHEAD < q->taken) {
        uint32_t run = m->visits[q->first_visit + number + RUN_AHEAD].first_run;
        if (run != NFT_BATCH_NONE) nft_prefetch(&m->runs[run], 1);
    }
    if (number + FOUND_AHEAD < q->taken) {
        uint32_t run = m->visits[q->first_visit + number + FOUND_AHEAD].first_run;
        if (run == NFT_BATCH_NONE) return;
        nft_prefetch(m->scores + m->runs[run].first, 128);
        nft_prefetch(m->positions + m->runs[run].first, 128);
    }
}

static void go_through(struct nft_batch_query *q, const struct nft_batch_visit *visit, struct nft_batch_memory *m) {
    for (uint32_t run = visit->first_run; run != NFT_BATCH_NONE; run = m->runs[run].next) {
        const struct nft_batch_run *r = &m->runs[run];
        const struct nft_code_part *part = &q->probe.parts[r->part];
        float unit = q->probe.unit * q->probe.list_scales[q->probe.lists[q->done]];
        // With the threshold of now: by that of the round more passed.
        struct nft_scored scored = {
            .scores = m->scores + r->first,
            .positions = m->positions + r->first,
            .count = r->count,
            .first_position = r->first_position,
            .part = part->part,
            .first_sums = m->first_sums + r->first,
            .first_limit =
                nft_candidates_sum_limit(&q->candidates, q->probe.bases[q->done], unit, q->probe.first_offset),
        };
        nft_candidates_take(&q->candidates, &scored, part->places, part->filter);
    }
}

static void replay(struct nft_batch_query *q, int kernel, struct nft_batch_memory *m) {
    for (size_t i = 0; i < q->taken; i++) {
        if (is_end(q, q->done)) {
            q->is_over = 1;
            return;
        }
        const struct nft_batch_visit *visit = &m->visits[q->first_visit + i];
        fetch_visit(q, i, m);
        if (visit->is_skipped) {
            struct nft_probe probe = q->probe;
            probe.lists += q->done;
            probe.bases += q->done;
            probe.list_count = 1;
            nft_candidates_probe(&q->candidates, kernel, &probe);
        } else {
            go_through(q, visit, m);
            uint32_t list = q->probe.lists[q->done];
            for (size_t p = 0; p < q->probe.part_count; p++) {
                const uint32_t *starts = q->probe.parts[p].starts + list;
                q->candidates.scanned += starts[1] - starts[0];
            }
        }
        q->done++;
    }
}

void nft_batch_probe(struct nft_batch_query *queries, size_t count, int kernel, struct nft_batch_memory *memory) {
    size_t active = count;
    for (size_t i = 0; i < count; i++) queries[i].is_over = 0;
    while (active > 0) {
        size_t limit = memory->visit_limit / active, visits = 0;
        for (size_t i = 0; i < count; i++) {
            if (queries[i].is_over) continue;
            take(&queries[i], limit);
            enter(queries, (uint32_t)i, &visits, memory);
        }
        scan(queries, kernel, memory);
        active = 0;
        for (size_t i = 0; i < count; i++) {
            if (!queries[i].is_over) replay(&queries[i], kernel, memory);
            active += !queries[i].is_over;
        }
    }
}
