#ifndef NFT_CRC32C_H
#define NFT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes; `crc` is the checksum of what came before, 0 at the start.
uint32_t nft_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The same without the processor's own instruction.
uint32_t nft_crc32c_portable(uint32_t crc, const void *bytes, size_t length);

#endif
