#ifndef CREFERENCE_H
#define CREFERENCE_H

#include <stdint.h>

/// Writes the pseudo-random weights of one tensor, the same numbers as training/reference_weights.py.
///
/// The tensor has `rows` x `columns` elements; `transposed` writes it column by column, as exporters store the weights of
/// linear layers. Element i is mean + step * k(seed, i).
void nft_reference_weights(
    float *out, uint64_t seed, int64_t rows, int64_t columns, int transposed, double mean, double step);

/// Writes a made picture, the same as `made` of training/fidelity_inputs.py: `height` rows of `width` R, G, B bytes.
///
/// `parameters` are four numbers for each of the three channels.
void nft_reference_picture(uint8_t *out, uint32_t width, uint32_t height, const uint32_t *parameters, int blocks);

#endif
