#ifndef NFT_TRAINING_H
#define NFT_TRAINING_H

#include <stddef.h>
#include <stdint.h>

// Loops of training the vector index; too slow in an unoptimised build of Swift.

/// `sum[j] += scale · values[j]`.
void nft_add_int8(float *sum, const int8_t *values, float scale, size_t count);

/// `sum[j] += factor · values[j]`.
void nft_add_scaled(float *sum, const float *values, float factor, size_t count);

/// `values[j] *= factors[j]`.
void nft_multiply(float *values, const float *factors, size_t count);

/// `values[j] *= factor`.
void nft_scale(float *values, float factor, size_t count);

/// `target[j] = scale · values[j]`.
void nft_scale_int8(const int8_t *values, float scale, float *target, size_t count);

/// `target[j] = scale · (values[j] - 128)`.
void nft_scale_bytes(const uint8_t *values, float scale, float *target, size_t count);

/// Puts a row of `count` bytes (a multiple of 4) among blocks of 16 rows as `nft_centroid_sums` wants them, and back.
void nft_row_into_block(const uint8_t *row, size_t number, size_t count, uint8_t *blocks);
void nft_block_row(const uint8_t *blocks, size_t number, size_t count, uint8_t *row);

int32_t nft_sum_int8(const int8_t *values, size_t count);

/// Of their squares.
int32_t nft_square_sum_int8(const int8_t *values, size_t count);

/// The inner product of two vectors.
float nft_dot(const float *a, const float *b, size_t count);

/// `target[j] = a[j] - b[j]`.
void nft_subtract(const float *a, const float *b, float *target, size_t count);

float nft_sum_of_squares(const float *values, size_t count);

/// Adds Σ row rowᵀ of some rows to the upper triangle of a square matrix.
void nft_add_outer_products(float *matrix, const float *rows, size_t row_count, size_t dimension);

/// One step of orthogonal iteration (Golub and Van Loan, Matrix Computations, section 8.2): multiplies `axis_count` rows of
/// `axes` by a symmetric matrix and makes them orthonormal again, the first axis first.
///
/// `scratch`: axis_count · dimension floats.
void nft_orthogonal_step(const float *matrix, float *axes, size_t axis_count, size_t dimension, float *scratch);

#endif
