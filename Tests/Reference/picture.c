#include "CReference.h"

void nft_reference_picture(uint8_t *out, uint32_t width, uint32_t height, const uint32_t *parameters, int blocks) {
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (const uint32_t *p = parameters; p < parameters + 12; p += 4) {
                uint32_t waves = (x * p[0] + y * p[1]) >> p[3];
                uint32_t squares = ((x >> 4) * UINT32_C(2654435761) ^ (y >> 4) * UINT32_C(2246822519)) >> 24;
                *out++ = (uint8_t)(waves + (blocks ? squares : (x * y) >> (7 + p[3])) + p[2]);
            }
}
