#include "CPictures.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

struct failure {
    struct jpeg_error_mgr base;
    jmp_buf back;
};

static void leave(j_common_ptr info) { longjmp(((struct failure *)info->err)->back, 1); }
static void keep_quiet(j_common_ptr info) { (void)info; }

int nft_jpeg_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, int full_chroma, uint8_t **out,
    size_t *count) {
    struct jpeg_compress_struct info;
    struct failure failure;
    unsigned char *buffer = NULL;
    unsigned long size = 0;
    info.err = jpeg_std_error(&failure.base);
    failure.base.error_exit = leave;
    failure.base.output_message = keep_quiet;
    if (setjmp(failure.back)) {
        jpeg_destroy_compress(&info);
        free(buffer);
        return -1;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &buffer, &size);
    info.image_width = (JDIMENSION)width;
    info.image_height = (JDIMENSION)height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.optimize_coding = TRUE;
    info.dct_method = JDCT_ISLOW;
    info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = full_chroma ? 1 : 2;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW rows[16];
        JDIMENSION number = info.image_height - info.next_scanline;
        if (number > 16) number = 16;
        for (JDIMENSION i = 0; i < number; i++)
            rows[i] = (JSAMPROW)(pixels + (size_t)(info.next_scanline + i) * (size_t)width * 3);
        jpeg_write_scanlines(&info, rows, number);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    *out = buffer;
    *count = size;
    return 0;
}
