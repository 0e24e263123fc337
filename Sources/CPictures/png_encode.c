#include "CPictures.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

static void put32(uint8_t *to, uint32_t value) {
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

/// A chunk whose `count` bytes of data are already at `to + 8`; returns what lies behind it.
static uint8_t *finish_chunk(uint8_t *to, const char *type, size_t count) {
    put32(to, (uint32_t)count);
    memcpy(to + 4, type, 4);
    put32(to + 8 + count, libdeflate_crc32(0, to + 4, count + 4));
    return to + 12 + count;
}

int nft_png_encode(const uint8_t *pixels, int32_t width, int32_t height, uint8_t **out, size_t *count) {
    const size_t row = (size_t)width * 3;
    const size_t raw_size = (row + 1) * (size_t)height;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
    uint8_t *raw = malloc(raw_size);
    const size_t bound = compressor ? libdeflate_zlib_compress_bound(compressor, raw_size) : 0;
    // Signature, header, data and end: 8 + 25 + 12 + 12 bytes around what is deflated.
    uint8_t *file = malloc(bound + 64);
    size_t deflated = 0;
    if (compressor && raw && file) {
        for (int32_t y = 0; y < height; y++) {
            const uint8_t *from = pixels + (size_t)y * row;
            uint8_t *to = raw + (size_t)y * (row + 1);
            // "Sub": what a pixel differs from its left neighbour by.
            *to++ = 1;
            memcpy(to, from, row < 3 ? row : 3);
            for (size_t x = 3; x < row; x++) { to[x] = (uint8_t)(from[x] - from[x - 3]); }
        }
        static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
        memcpy(file, signature, 8);
        uint8_t *at = file + 8;
        put32(at + 8, (uint32_t)width);
        put32(at + 12, (uint32_t)height);
        // 8 bits a sample, RGB, not interlaced.
        memcpy(at + 16, (const uint8_t[]){8, 2, 0, 0, 0}, 5);
        at = finish_chunk(at, "IHDR", 13);
        deflated = libdeflate_zlib_compress(compressor, raw, raw_size, at + 8, bound);
        if (deflated > 0 && deflated <= INT32_MAX) {
            at = finish_chunk(at, "IDAT", deflated);
            at = finish_chunk(at, "IEND", 0);
            *out = file;
            *count = (size_t)(at - file);
            file = NULL;
        } else {
            deflated = 0;
        }
    }
    if (compressor) { libdeflate_free_compressor(compressor); }
    free(raw);
    free(file);
    return deflated > 0 ? 0 : -1;
}
