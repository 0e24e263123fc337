// What the program and its decoding workers say to each other over their socket; the bytes themselves lie in shared
// memory: the picture's from its beginning, the answer's from `answer_offset` on.
#ifndef NFT_WORKER_MESSAGES_H
#define NFT_WORKER_MESSAGES_H

#include <stdint.h>

enum {
    NFT_WORKER_SHRINK = 1,
    NFT_WORKER_DECODE = 2,
    // Try what is forbidden: see nft_sandbox_attempt.
    NFT_WORKER_ATTEMPT = 3,
};

typedef struct nft_worker_request {
    int64_t kind;
    int64_t attempt;
    int64_t byte_count;
    int64_t maximum_side;
    int64_t quality;
    int64_t pixel_art_below;
    int64_t maximum_pixels;
    int64_t answer_offset;
} nft_worker_request;

enum {
    NFT_WORKER_READY = 1,
    NFT_WORKER_DONE = 2,
    NFT_WORKER_FAILED = 3,
};

typedef struct nft_worker_reply {
    int64_t status;
    // Failures: the code's place in a table that both know; the sentence lies in shared memory.
    int64_t code;
    int64_t message_count;
    int64_t encoded_count;
    int64_t width;
    int64_t height;
    int64_t original_width;
    int64_t original_height;
    int64_t dominant_color;
    int64_t is_pixel_art;
    uint64_t perceptual_hash;
    int64_t decodes;
    // Of the worker: the largest resident size so far.
    int64_t peak_bytes;
    // On being ready: what isolates it (nft_sandbox_report) and its user. For attempts: what came of it.
    int64_t landlock;
    int64_t filtered;
    int64_t user;
    int64_t result;
} nft_worker_reply;

#endif
