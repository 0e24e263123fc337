#include "crc32c.h"

#include <string.h>

// Reflected polynomial 0x1EDC6F41.
static uint32_t step(uint32_t crc) {
    return (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
}

uint32_t nft_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
    // Sixteen entries, computed each time: no shared state, and fast enough for machines without the instruction.
    uint32_t table[16];
    for (uint32_t i = 0; i < 16; i++) table[i] = step(step(step(step(i))));
    const uint8_t *p = bytes;
    crc = ~crc;
    for (size_t i = 0; i < length; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *p, size_t length) {
    uint64_t state = ~crc;
    for (; length >= 8; p += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        state = _mm_crc32_u64(state, word);
    }
    for (; length > 0; p++, length--) state = _mm_crc32_u8((uint32_t)state, *p);
    return ~(uint32_t)state;
}

uint32_t nft_crc32c(uint32_t crc, const void *bytes, size_t length) {
    if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, bytes, length);
    return nft_crc32c_portable(crc, bytes, length);
}
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <sys/auxv.h>

__attribute__((target("crc"))) static uint32_t crc32c_armv8(uint32_t crc, const uint8_t *p, size_t length) {
    uint32_t state = ~crc;
    for (; length >= 8; p += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        state = __crc32cd(state, word);
    }
    for (; length > 0; p++, length--) state = __crc32cb(state, *p);
    return ~state;
}

uint32_t nft_crc32c(uint32_t crc, const void *bytes, size_t length) {
    const unsigned long crc32_bit = 1ul << 7;  // HWCAP_CRC32
    if (getauxval(AT_HWCAP) & crc32_bit) return crc32c_armv8(crc, bytes, length);
    return nft_crc32c_portable(crc, bytes, length);
}
#else
uint32_t nft_crc32c(uint32_t crc, const void *bytes, size_t length) {
    return nft_crc32c_portable(crc, bytes, length);
}
#endif
