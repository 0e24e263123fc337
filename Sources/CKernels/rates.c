#define _POSIX_C_SOURCE 199309L
#include "rates.h"

#include <stdint.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// Twelve chains hide the latency of any multiplier.
enum { CHAINS = 12, ROUNDS = 4000, TRIALS = 12 };

// The best of several trials: an interrupted one says nothing about the processor.
static double best_rate(void (*run)(void), double operations) {
    double best = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double start = seconds();
        run();
        double taken = seconds() - start;
        if (taken > 0 && operations / taken > best) best = operations / taken;
    }
    return best * 1e-9;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define KEEP(a)                                                                                                       \
    __asm__ volatile("" : "+v"(a[0]), "+v"(a[1]), "+v"(a[2]), "+v"(a[3]), "+v"(a[4]), "+v"(a[5]), "+v"(a[6]),         \
                     "+v"(a[7]), "+v"(a[8]), "+v"(a[9]), "+v"(a[10]), "+v"(a[11]))

#define LOOP(type, start, step)                                                                                       \
    type a[CHAINS];                                                                                                   \
    for (int i = 0; i < CHAINS; i++) a[i] = start;                                                                    \
    for (int round = 0; round < ROUNDS; round++) {                                                                    \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) a[i] = step;                              \
        KEEP(a);                                                                                                      \
    }

__attribute__((target("avx2,fma"))) static void f32_avx2(void) {
    __m256 x = _mm256_set1_ps(0), y = _mm256_set1_ps(1);
    LOOP(__m256, _mm256_setzero_ps(), _mm256_fmadd_ps(x, y, a[i]))
}

__attribute__((target("avx512f"))) static void f32_avx512(void) {
    __m512 x = _mm512_set1_ps(0), y = _mm512_set1_ps(1);
    LOOP(__m512, _mm512_setzero_ps(), _mm512_fmadd_ps(x, y, a[i]))
}

__attribute__((target("avx512f,avx512bf16"))) static void bf16_avx512(void) {
    __m512bh x = (__m512bh)_mm512_setzero_si512(), y = x;
    LOOP(__m512, _mm512_setzero_ps(), _mm512_dpbf16_ps(a[i], x, y))
}

__attribute__((target("avx512f,avx512vnni"))) static void int8_avx512(void) {
    __m512i x = _mm512_setzero_si512(), y = x;
    LOOP(__m512i, _mm512_setzero_si512(), _mm512_dpbusd_epi32(a[i], x, y))
}

double nft_multiply_add_rate(nft_rate_format format) {
    const double steps = (double)CHAINS * ROUNDS;
    switch (format) {
    case NFT_RATE_F32:
        if (__builtin_cpu_supports("avx512f")) return best_rate(f32_avx512, steps * 16 * 2);
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return best_rate(f32_avx2, steps * 8 * 2);
        return 0;
    case NFT_RATE_BF16: return nft_has_bf16_vectors() ? best_rate(bf16_avx512, steps * 32 * 2) : 0;
    case NFT_RATE_INT8: return __builtin_cpu_supports("avx512vnni") ? best_rate(int8_avx512, steps * 64 * 2) : 0;
    }
    return 0;
}

int nft_has_bf16_vectors(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16"); }

int nft_has_bf16_tiles(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & (1u << 22)) || !(d & (1u << 24))) return 0;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    // Tile configuration and tile data, which the system must save for each thread.
    return (low & (3u << 17)) == (3u << 17);
}
#else
double nft_multiply_add_rate(nft_rate_format format) {
    (void)format;
    (void)best_rate;
    return 0;
}

int nft_has_bf16_vectors(void) { return 0; }

int nft_has_bf16_tiles(void) { return 0; }
#endif
