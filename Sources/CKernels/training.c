#include "training.h"

#include <math.h>
#include <string.h>

void nft_add_int8(float *sum, const int8_t *values, float scale, size_t count) {
    for (size_t j = 0; j < count; j++) sum[j] += scale * (float)values[j];
}

void nft_add_scaled(float *sum, const float *values, float factor, size_t count) {
    for (size_t j = 0; j < count; j++) sum[j] += factor * values[j];
}

void nft_multiply(float *values, const float *factors, size_t count) {
    for (size_t j = 0; j < count; j++) values[j] *= factors[j];
}

void nft_scale(float *values, float factor, size_t count) {
    for (size_t j = 0; j < count; j++) values[j] *= factor;
}

void nft_scale_int8(const int8_t *values, float scale, float *target, size_t count) {
    for (size_t j = 0; j < count; j++) target[j] = scale * (float)values[j];
}

void nft_scale_bytes(const uint8_t *values, float scale, float *target, size_t count) {
    for (size_t j = 0; j < count; j++) target[j] = scale * (float)((int)values[j] - 128);
}

void nft_row_into_block(const uint8_t *row, size_t number, size_t count, uint8_t *blocks) {
    uint8_t *block = blocks + number / 16 * 16 * count + number % 16 * 4;
    for (size_t j = 0; j < count; j += 4) memcpy(block + j * 16, row + j, 4);
}

void nft_block_row(const uint8_t *blocks, size_t number, size_t count, uint8_t *row) {
    const uint8_t *block = blocks + number / 16 * 16 * count + number % 16 * 4;
    for (size_t j = 0; j < count; j += 4) memcpy(row + j, block + j * 16, 4);
}

int32_t nft_square_sum_int8(const int8_t *values, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i] * values[i];
    return sum;
}

int32_t nft_sum_int8(const int8_t *values, size_t count) {
    int32_t sum = 0;
    for (size_t j = 0; j < count; j++) sum += values[j];
    return sum;
}

void nft_subtract(const float *a, const float *b, float *target, size_t count) {
    for (size_t j = 0; j < count; j++) target[j] = a[j] - b[j];
}

// Eight partial sums, so that it can be vectorised without leave to reorder.
float nft_dot(const float *a, const float *b, size_t count) {
    float s[8] = {0};
    size_t j = 0;
    for (; j + 8 <= count; j += 8) {
        for (size_t i = 0; i < 8; i++) s[i] += a[j + i] * b[j + i];
    }
    for (; j < count; j++) s[0] += a[j] * b[j];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

float nft_sum_of_squares(const float *values, size_t count) { return nft_dot(values, values, count); }

void nft_add_outer_products(float *matrix, const float *rows, size_t row_count, size_t dimension) {
    enum { TOGETHER = 8 };
    size_t r = 0;
    for (; r + TOGETHER <= row_count; r += TOGETHER) {
        const float *block = rows + r * dimension;
        for (size_t i = 0; i < dimension; i++) {
            float *target = matrix + i * dimension;
            float x[TOGETHER];
            for (size_t k = 0; k < TOGETHER; k++) x[k] = block[k * dimension + i];
            for (size_t j = i; j < dimension; j++) {
                float sum = target[j];
                for (size_t k = 0; k < TOGETHER; k++) sum += x[k] * block[k * dimension + j];
                target[j] = sum;
            }
        }
    }
    for (; r < row_count; r++) {
        const float *row = rows + r * dimension;
        for (size_t i = 0; i < dimension; i++) {
            for (size_t j = i; j < dimension; j++) matrix[i * dimension + j] += row[i] * row[j];
        }
    }
}

void nft_orthogonal_step(const float *matrix, float *axes, size_t axis_count, size_t dimension, float *scratch) {
    for (size_t a = 0; a < axis_count; a++) {
        const float *axis = axes + a * dimension;
        float *target = scratch + a * dimension;
        memset(target, 0, dimension * sizeof *target);
        for (size_t i = 0; i < dimension; i++) {
            const float *row = matrix + i * dimension;
            float x = axis[i];
            for (size_t j = 0; j < dimension; j++) target[j] += x * row[j];
        }
    }
    // Modified Gram-Schmidt, twice where little is left.
    for (size_t a = 0; a < axis_count; a++) {
        float *axis = scratch + a * dimension;
        for (int round = 0; round < 2; round++) {
            for (size_t b = 0; b < a; b++) {
                const float *other = scratch + b * dimension;
                float share = nft_dot(axis, other, dimension);
                for (size_t j = 0; j < dimension; j++) axis[j] -= share * other[j];
            }
            float length = sqrtf(nft_dot(axis, axis, dimension));
            if (!(length > 1e-20f)) {
                memset(axis, 0, dimension * sizeof *axis);
                break;
            }
            for (size_t j = 0; j < dimension; j++) axis[j] /= length;
        }
    }
    memcpy(axes, scratch, axis_count * dimension * sizeof *axes);
}
