#pragma once

/// Makes the C library give the memory of large blocks back to the system as soon as they are freed (mallopt(3)).
///
/// By default it learns from the first large block that is freed to keep the next ones, and each thread keeps its own:
/// a process that handles downloads of many sizes then holds several times what it uses.
void nft_heap_returns_large_blocks(void);
