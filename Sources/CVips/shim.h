#pragma once

#include <vips/vips.h>

// Most of libvips' calls take options as C variadics ("name", value, ..., NULL), which Swift cannot call. Each function
// below fixes one list of options; the signatures are plain C. All return 0, or -1 with the reason in libvips' error
// buffer, unless they say otherwise.

// Warnings of the decoders concern single pictures; they reach the caller as failures and must not litter stderr.
static inline void imaging_vips_ignore_log(
    const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
    (void)domain;
    (void)level;
    (void)message;
    (void)data;
}

static inline GLogWriterOutput imaging_vips_ignore_structured_log(
    GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data) {
    (void)level;
    (void)fields;
    (void)count;
    (void)data;
    return G_LOG_WRITER_HANDLED;
}

// G_LOG_LEVEL_MASK and VIPS_INIT are macros that Swift does not import.
static inline int imaging_vips_start(const char *program) {
    if (VIPS_INIT(program)) return -1;
    g_log_set_handler("VIPS", (GLogLevelFlags)G_LOG_LEVEL_MASK, imaging_vips_ignore_log, NULL);
    // And those of the libraries below it, whose way to the system's journal is closed to a worker.
    g_log_set_default_handler(imaging_vips_ignore_log, NULL);
    g_log_set_writer_func(imaging_vips_ignore_structured_log, NULL, NULL);
    // Code that is generated at run time would need memory that is writable and executable, for operations that are
    // not used here.
    vips_vector_set_enabled(FALSE);
    return 0;
}

// The loaders are called by name, never found by trying all: only these formats can be reached by hostile bytes.
// Each reads the header now and pixels later, from `bytes`, which must live as long as the image. Errors in the
// stream and its early end fail the read; only the first page of many is loaded.

static inline int imaging_vips_load_jpeg(const void *bytes, size_t count, int shrink, VipsImage **out) {
    return vips_jpegload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, "shrink", shrink,
        NULL);
}

static inline int imaging_vips_load_png(const void *bytes, size_t count, VipsImage **out) {
    return vips_pngload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

static inline int imaging_vips_load_gif(const void *bytes, size_t count, VipsImage **out) {
    return vips_gifload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

static inline int imaging_vips_load_webp(const void *bytes, size_t count, VipsImage **out) {
    return vips_webpload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

static inline int imaging_vips_load_tiff(const void *bytes, size_t count, VipsImage **out) {
    return vips_tiffload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

static inline int imaging_vips_load_heif(const void *bytes, size_t count, VipsImage **out) {
    return vips_heifload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

static inline int imaging_vips_load_jxl(const void *bytes, size_t count, VipsImage **out) {
    return vips_jxlload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

// The header at the drawing's own size, pixels `scale` times as large. The drawing has no address, so that it can refer
// to nothing outside itself, and libxml2's limits hold.
static inline int imaging_vips_load_svg(const void *bytes, size_t count, double scale, VipsImage **out) {
    return vips_svgload_buffer(
        (void *)bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, "scale", scale,
        NULL);
}

// Lets SVG be loaded, which libvips counts among the untrusted formats; the others stay blocked.
static inline void imaging_vips_unblock_svg(void) { vips_operation_block_set("VipsForeignLoadSvg", FALSE); }

// Whether this build of libvips has an operation of that name: support for HEIC and JPEG XL is optional.
static inline gboolean imaging_vips_has_operation(const char *name) {
    return vips_type_find("VipsOperation", name) != 0;
}

// Colours by the embedded profile to 8-bit sRGB; an alpha channel passes through.
static inline int imaging_vips_profile_to_srgb(VipsImage *image, VipsImage **out) {
    return vips_icc_transform(
        image, out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE, "depth", 8, NULL);
}

// Any colour space that libvips knows to 8-bit sRGB.
static inline int imaging_vips_colourspace_to_srgb(VipsImage *image, VipsImage **out) {
    VipsImage *srgb = NULL;
    if (vips_colourspace(image, &srgb, VIPS_INTERPRETATION_sRGB, NULL)) return -1;
    int result = vips_cast(srgb, out, VIPS_FORMAT_UCHAR, NULL);
    g_object_unref(srgb);
    return result;
}

// Samples of 16 bits to their upper 8.
static inline int imaging_vips_upper_byte(VipsImage *image, VipsImage **out) {
    return vips_cast(image, out, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL);
}

// The sample at (left, top) of the prepared part of a region: VIPS_REGION_ADDR is a macro.
static inline const unsigned char *imaging_vips_region_address(VipsRegion *region, int left, int top) {
    return VIPS_REGION_ADDR(region, left, top);
}

static inline VipsImage *imaging_vips_rgb(const void *pixels, int width, int height) {
    VipsImage *image = vips_image_new_from_memory(
        pixels, (size_t)width * (size_t)height * 3, width, height, 3, VIPS_FORMAT_UCHAR);
    if (image != NULL) image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

// Interleaved 8-bit sRGB to a lossless WebP without metadata; the caller frees `out` with g_free.
static inline int imaging_vips_save_lossless_webp(
    const void *pixels, int width, int height, void **out, size_t *count) {
    VipsImage *image = imaging_vips_rgb(pixels, width, height);
    if (image == NULL) return -1;
    int result = vips_webpsave_buffer(image, out, count, "lossless", TRUE, "strip", TRUE, "effort", 2, NULL);
    g_object_unref(image);
    return result;
}

// glibc declares syncfs for _GNU_SOURCE only, which Swift's importer does not define; it is here because pictures are
// what is synced with it.
static inline int imaging_sync_file_system(int descriptor) {
    extern int syncfs(int);
    return syncfs(descriptor);
}
