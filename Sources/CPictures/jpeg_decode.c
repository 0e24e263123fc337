#include "CPictures.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

struct nft_jpeg {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr error;
    jmp_buf back;
    // Rows at a time: as many as the decoder makes of one row of blocks.
    uint8_t *rows;
    size_t row_size;
    JDIMENSION count;
    JDIMENSION next;
};

static void leave(j_common_ptr info) { longjmp(((struct nft_jpeg *)info->client_data)->back, 1); }

// Warnings (below zero) mean damage: that is libvips' to judge.
static void judge(j_common_ptr info, int level) {
    if (level < 0) leave(info);
}

static void keep_quiet(j_common_ptr info) { (void)info; }

// Whether a marker of this kind begins so.
static int has_marker(const struct jpeg_decompress_struct *info, int kind, const char *start, size_t size) {
    for (jpeg_saved_marker_ptr marker = info->marker_list; marker != NULL; marker = marker->next)
        if (marker->marker == kind && marker->data_length >= size && memcmp(marker->data, start, size) == 0) return 1;
    return 0;
}

void nft_jpeg_close(struct nft_jpeg *jpeg) {
    if (jpeg == NULL) return;
    jpeg_destroy_decompress(&jpeg->info);
    free(jpeg->rows);
    free(jpeg);
}

struct nft_jpeg *nft_jpeg_open(const uint8_t *bytes, size_t count) {
    struct nft_jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (jpeg == NULL) return NULL;
    jpeg->info.err = jpeg_std_error(&jpeg->error);
    jpeg->error.error_exit = leave;
    jpeg->error.emit_message = judge;
    jpeg->error.output_message = keep_quiet;
    jpeg->info.client_data = jpeg;
    if (setjmp(jpeg->back)) {
        nft_jpeg_close(jpeg);
        return NULL;
    }
    jpeg_create_decompress(&jpeg->info);
    jpeg_mem_src(&jpeg->info, bytes, count);
    jpeg_save_markers(&jpeg->info, JPEG_APP0 + 1, 16);
    jpeg_save_markers(&jpeg->info, JPEG_APP0 + 2, 16);
    jpeg_read_header(&jpeg->info, TRUE);
    int isPlain = (jpeg->info.jpeg_color_space == JCS_YCbCr || jpeg->info.jpeg_color_space == JCS_GRAYSCALE)
                  && !has_marker(&jpeg->info, JPEG_APP0 + 1, "Exif", 4)
                  && !has_marker(&jpeg->info, JPEG_APP0 + 2, "ICC_PROFILE", 11);
    if (isPlain) return jpeg;
    nft_jpeg_close(jpeg);
    return NULL;
}

void nft_jpeg_size(const struct nft_jpeg *jpeg, int32_t *width, int32_t *height) {
    *width = (int32_t)jpeg->info.image_width;
    *height = (int32_t)jpeg->info.image_height;
}

int nft_jpeg_start(struct nft_jpeg *jpeg, int32_t shrink, int fine_chroma, int32_t *width, int32_t *height,
                   int32_t *bands) {
    if (setjmp(jpeg->back)) return -1;
    struct jpeg_decompress_struct *info = &jpeg->info;
    info->scale_num = 1;
    info->scale_denom = (unsigned)shrink;
    info->do_fancy_upsampling = fine_chroma ? TRUE : FALSE;
    info->dct_method = JDCT_ISLOW;
    info->out_color_space = info->jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(info);
    jpeg->row_size = (size_t)info->output_width * (size_t)info->output_components;
    jpeg->rows = malloc(jpeg->row_size * 16);
    if (jpeg->rows == NULL) return -1;
    *width = (int32_t)info->output_width;
    *height = (int32_t)info->output_height;
    *bands = info->output_components;
    return 0;
}

const uint8_t *nft_jpeg_next_row(struct nft_jpeg *jpeg) {
    if (jpeg->next == jpeg->count) {
        if (setjmp(jpeg->back)) return NULL;
        JSAMPROW rows[16];
        for (size_t i = 0; i < 16; i++) rows[i] = jpeg->rows + i * jpeg->row_size;
        jpeg->next = 0;
        jpeg->count = jpeg_read_scanlines(&jpeg->info, rows, 16);
        if (jpeg->count == 0) return NULL;
    }
    return jpeg->rows + jpeg->next++ * jpeg->row_size;
}
