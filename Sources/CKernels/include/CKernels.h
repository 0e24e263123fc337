#ifndef NFT_CKERNELS_H
#define NFT_CKERNELS_H

// Our own C, for what Swift cannot spell: instruction sets chosen at run time.
#include "batch.h"
#include "candidates.h"
#include "codes.h"
#include "crc32c.h"
#include "float16.h"
#include "heap.h"
#include "ranking.h"
#include "rates.h"
#include "shrink.h"
#include "training.h"
#if __has_include("resample.h")
#include "resample.h"
#endif

#endif
