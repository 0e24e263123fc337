// Codecs without a detour through libvips, where that is measurably faster. All calls work in the calling thread.
#ifndef NFT_PICTURES_H
#define NFT_PICTURES_H

#include <stddef.h>
#include <stdint.h>

// Encodes interleaved RGB rows as baseline JPEG without metadata. With `full_chroma` colours keep their resolution
// (4:4:4), else every four pixels share one (4:2:0). Huffman tables are made for the picture.
//
// Returns 0 and `*out` (to be freed with free) of `*count` bytes, or -1.
int nft_jpeg_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, int full_chroma, uint8_t **out,
    size_t *count);

// A JPEG whose rows are read one after the other.
typedef struct nft_jpeg nft_jpeg;

// Opens a JPEG in colour or grey without a profile and EXIF. Others are for libvips, as is every file that makes one of the
// calls below fail: it says what is wrong. Returns NULL for those.
nft_jpeg *nft_jpeg_open(const uint8_t *bytes, size_t count);
void nft_jpeg_size(const nft_jpeg *jpeg, int32_t *width, int32_t *height);
// Begins to decode, shrunk 1, 2, 4 or 8 times; without `fine_chroma` colours of neighbours are not blended, which is faster
// and shows only where the picture is not shrunk afterwards. Returns 0 and the size and samples of the rows, or -1.
int nft_jpeg_start(nft_jpeg *jpeg, int32_t shrink, int fine_chroma, int32_t *width, int32_t *height, int32_t *bands);
// The next row, or NULL.
const uint8_t *nft_jpeg_next_row(nft_jpeg *jpeg);
void nft_jpeg_close(nft_jpeg *jpeg);

// A PNG whose rows are read one after the other.
typedef struct nft_png {
    int32_t width;
    int32_t height;
    // Samples a pixel of the rows: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
    int32_t bands;
    int32_t has_alpha;
    // The rest is its own.
    int32_t samples;
    int32_t next_row;
    int32_t palette_count;
    size_t row_size;
    uint8_t *raw;
    uint8_t *above;
    uint8_t *spread;
    uint8_t palette[1024];
} nft_png;

// Opens a PNG of the common kind: 8 bits a sample, not interlaced, without a profile or an orientation, sound in every byte,
// and of at most `maximum` inflated bytes. Others are for libvips, which also says what is wrong with them.
//
// Returns 0, or -1 without anything to close.
int nft_png_open(const uint8_t *bytes, size_t count, size_t maximum, nft_png *png);
// The next of `height` rows.
const uint8_t *nft_png_next_row(nft_png *png);
void nft_png_close(nft_png *png);

// Encodes interleaved RGB rows as a PNG, quickly rather than tightly.
//
// Returns 0 and `*out` (to be freed with free) of `*count` bytes, or -1 when there is no memory.
int nft_png_encode(const uint8_t *pixels, int32_t width, int32_t height, uint8_t **out, size_t *count);

// Reads the size from the header alone, which libvips does not. Returns 0, or -1.
int nft_webp_size(const uint8_t *bytes, size_t count, int32_t *width, int32_t *height);

// Decodes a lossy WebP without alpha, animation, profile and metadata, shrunk to `width` x `height` by averaging, to
// interleaved RGB in `out` (width * height * 3 bytes). Others are for libvips.
//
// Returns 0, or -1.
int nft_webp_decode(const uint8_t *bytes, size_t count, int32_t width, int32_t height, uint8_t *out);

#endif
