#include "CPictures.h"

#include <string.h>

#include <webp/decode.h>

int nft_webp_size(const uint8_t *bytes, size_t count, int32_t *width, int32_t *height) {
    return WebPGetInfo(bytes, count, width, height) ? 0 : -1;
}

int nft_webp_decode(const uint8_t *bytes, size_t count, int32_t width, int32_t height, uint8_t *out) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config) || WebPGetFeatures(bytes, count, &config.input) != VP8_STATUS_OK) return -1;
    // The extended header tells of profiles, alpha, EXIF and animations (RFC 9649, section 2.7).
    if (count < 21 || memcmp(bytes + 12, "VP8 ", 4) != 0) {
        enum { PROFILE = 0x20, ALPHA = 0x10, EXIF = 0x08, ANIMATION = 0x02 };
        if (count < 21 || memcmp(bytes + 12, "VP8X", 4) != 0) return -1;
        if (bytes[20] & (PROFILE | ALPHA | EXIF | ANIMATION)) return -1;
    }
    // 1 is lossy.
    if (config.input.format != 1 || config.input.has_alpha || config.input.has_animation) return -1;
    if (width != config.input.width || height != config.input.height) {
        config.options.use_scaling = 1;
        config.options.scaled_width = width;
        config.options.scaled_height = height;
    }
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out;
    config.output.u.RGBA.stride = width * 3;
    config.output.u.RGBA.size = (size_t)width * (size_t)height * 3;
    int result = WebPDecode(bytes, count, &config) == VP8_STATUS_OK ? 0 : -1;
    WebPFreeDecBuffer(&config.output);
    return result;
}
