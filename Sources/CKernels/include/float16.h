#ifndef NFT_FLOAT16_H
#define NFT_FLOAT16_H

#include <stddef.h>
#include <stdint.h>

/// The instruction sets that the float16 kernels are written for. `nft_f16_kernel_best` picks one at run time.
enum {
    NFT_F16_SCALAR = 0,
    NFT_F16_AVX2 = 1,
    NFT_F16_AVX512 = 2,
    NFT_F16_NEON = 3,
    NFT_F16_KERNEL_COUNT = 4,
};

/// Rows are padded with zeros to a multiple of this many components, so that no kernel has a tail.
enum { NFT_F16_STRIDE_UNIT = 32 };

/// Whether this processor and this build have the kernel.
int nft_f16_kernel_supported(int kernel);

/// The fastest kernel that is supported here.
int nft_f16_kernel_best(void);

/// Rounds to IEEE binary16, to nearest, ties to even. All kernels give the same bits.
void nft_f16_from_f32(int kernel, const float *source, uint16_t *target, size_t count);

/// Widens IEEE binary16; exact.
void nft_f16_to_f32(int kernel, const uint16_t *source, float *target, size_t count);

/// Inner products of `count` consecutive rows with one query, in single precision.
///
/// `stride` components a row, a multiple of NFT_F16_STRIDE_UNIT. Every kernel adds up in at least 16 independent
/// partial sums that are then combined pairwise, so at most stride/16 + 8 roundings lie on any path: see
/// `ScoreBound` in VectorEngine, which relies on it. The kernels differ from each other within that bound.
void nft_f16_dot_f32(int kernel, const uint16_t *rows, size_t stride, size_t count, const float *query, float *scores);

/// Inner products of `row_count` rows with `query_count` queries, rows and queries in single precision and `stride` components
/// each: that of row r and query q goes to `scores[q · score_stride + r]`.
///
/// What is said of `nft_f16_dot_f32` about partial sums holds here as well.
void nft_f32_dot_many(
    int kernel, const float *rows, size_t row_count, size_t stride, const float *queries, size_t query_count,
    float *scores, size_t score_stride);

/// Bit i says that score i, of up to 64, is not below the threshold; also when one of them is no number.
uint64_t nft_f32_not_below(const float *scores, size_t count, float threshold);

/// The inner product of one row with the query in double precision: the score that counts.
///
/// A float16 times a float32 is exact in double. Component i is added to partial sum i mod 8, and the eight are combined
/// as ((s0+s4)+(s2+s6)) + ((s1+s5)+(s3+s7)); all kernels keep to this order and give the same bits.
double nft_f16_dot_f64(int kernel, const uint16_t *row, size_t stride, const float *query);

// MARK: What rounding loses

/// What rounding lost of one component of a row, itself rounded to binary16; all zero where that is nothing.
///
/// Corrections are read from mapped files, which may go bad: wherever they are used, a component that is not below
/// `dimension` stands for no correction.
struct nft_correction {
    uint16_t component;
    uint16_t residual;
};

/// What was lost of the component of `row` with the largest magnitude, the first of equals; `row` is `source`, rounded.
struct nft_correction nft_f16_correction(const float *source, const uint16_t *row, size_t dimension);

/// The residual as a number.
float nft_f16_residual(struct nft_correction correction, size_t dimension);

/// Adds to each score of `nft_f16_dot_f32` what the correction of its row is worth, with at most one rounding for the
/// product and one for the sum.
void nft_f16_correct(
    int kernel, const struct nft_correction *corrections, size_t count, const float *query, size_t dimension,
    float *scores);

/// The score that counts: that of `nft_f16_dot_f64`, and added to it the residual times the query's component.
///
/// The product is exact in double, so all kernels give the same bits here, too.
double nft_f16_score(
    int kernel, const uint16_t *row, size_t stride, struct nft_correction correction, const float *query,
    size_t dimension);

#endif
