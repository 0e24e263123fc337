#include "heap.h"

#include <malloc.h>

void nft_heap_returns_large_blocks(void) {
#ifdef __GLIBC__
    // A fixed threshold also ends its growth.
    mallopt(M_MMAP_THRESHOLD, 512 << 10);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
    mallopt(M_ARENA_MAX, 4);
#endif
}
