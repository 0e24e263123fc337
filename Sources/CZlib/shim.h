#pragma once
#include <zlib.h>

// inflateInit2 is a macro, which Swift cannot call. 15 + 16: the largest window, and gzip's header and trailer only.
static inline int zlib_shim_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
