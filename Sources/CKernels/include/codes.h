#ifndef NFT_CODES_H
#define NFT_CODES_H

#include <stddef.h>
#include <stdint.h>

// Integer arithmetic of the vector index: short codes, int8 rows, centroids. All kernels give the same bits.

/// The instruction sets that these kernels are written for. `nft_codes_kernel_best` picks one at run time.
enum {
    NFT_CODES_SCALAR = 0,
    NFT_CODES_AVX2 = 1,
    NFT_CODES_AVX512 = 2,  ///< with VNNI
    NFT_CODES_NEON = 3,
    NFT_CODES_KERNEL_COUNT = 4,
};

/// Vectors a block of codes and centroids a block of centroids.
enum { NFT_CODES_BLOCK = 16 };

/// Bytes a row of a block: four for each of its vectors.
enum { NFT_CODES_ROW = 64 };

/// Whether this processor and this build have the kernel.
int nft_codes_kernel_supported(int kernel);

/// The fastest kernel that is supported here.
int nft_codes_kernel_best(void);

/// How the bits of a code are allotted to axes.
///
/// A block of 16 vectors is a sequence of rows of 64 bytes; bytes 4v to 4v+3 of a row belong to vector v. Each of these
/// bytes holds 2 values of 4 bits, 4 of 2 bits or 8 of 1 bit, the lowest bits first: value t of byte i belongs to axis
/// `first axis of the row + 4t + i`. Rows of 4-bit values come first, then those of 2 bits, then those of 1 bit, so a
/// code has 8·rows4 + 16·rows2 + 32·rows1 axes.
///
/// Blocks that belong together, as those of a list, lie in two parts: the first `first_rows` rows of every block, then the
/// other rows of every block. Axes come in the order of their variance, so the first rows tell most of a vector; where they
/// tell enough, the others stay out of the cache.
struct nft_code_layout {
    uint32_t rows4, rows2, rows1;
    uint32_t first_rows;  ///< at most all
};

/// Writes the values of one vector (one byte an axis) into place `slot` (0 to 15) of a block that was zero there, of which
/// `first` are the first rows and `rest` the others.
void nft_codes_pack(
    const struct nft_code_layout *layout, const uint8_t *values, size_t slot, uint8_t *first, uint8_t *rest);

/// What codes are scanned for.
struct nft_code_query {
    const int8_t *weights;    ///< one an axis, -127 to 127
    int32_t first_threshold;  ///< vectors count whose sum over the axes of the first rows is above this
    int32_t threshold;        ///< and whose sum over all axes is above this
    // Of vectors that count: their numbers, ascending, and their sums. Room for all that are scanned, rounded up to a block.
    uint32_t *positions;
    int32_t *sums;
    int32_t *first_sums;  ///< may be null
    size_t found;         ///< 0 at first
};

/// For `count` vectors in blocks and each query: the sums of value times weight. Sums lie within ±15·127·axes.
///
/// `first`: the first rows of the blocks, `rest`: the others. Codes are read and taken apart for two queries at a time.
void nft_codes_scan(
    int kernel, const struct nft_code_layout *layout, const uint8_t *first, const uint8_t *rest, size_t count,
    struct nft_code_query *queries, size_t query_count);

/// Inner products of `query_count` (at least 1) vectors of int8 with all centroids, which are bytes without sign.
///
/// A block of 16 centroids has `groups` rows of 64 bytes: bytes 4c to 4c+3 of row g are components 4g to 4g+3 of
/// centroid c. Queries have 4·groups components each, -127 to 127, `query_stride` bytes apart. Sum of query i and
/// centroid j goes to `sums[i * sum_stride + j]`. groups ≤ 16,384, so nothing overflows.
void nft_centroid_sums(
    int kernel, const uint8_t *blocks, size_t block_count, size_t groups, const int8_t *queries, size_t query_count,
    size_t query_stride, int32_t *sums, size_t sum_stride);

/// Inner products of some rows of bytes without sign with two vectors of int8 (the high and the low part of a query).
///
/// `stride`: bytes a row, a multiple of 64, at most 65,536. Row `positions[i]` with `high` gives `sums[2i]`, with `low`
/// `sums[2i + 1]`.
void nft_row_sums(
    int kernel, const uint8_t *rows, size_t stride, const uint32_t *positions, size_t count, const int8_t *high,
    const int8_t *low, int32_t *sums);

/// Coordinates of a vector along some axes: `out[a] = Σ_j vector[j] · axes[j · axis_count + a]`, added in the order of j,
/// every product and every sum rounded to single precision, so that all kernels give the same bits.
///
/// `axis_count`: a multiple of 16.
void nft_axes_project(
    int kernel, const float *axes, size_t dimension, size_t axis_count, const float *vector, float *out);

#endif
