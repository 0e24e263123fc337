import CKernels
import Core

/// Turns a picture into what the image tower takes.
///
/// Resizes, crops, scales and normalises as the model's folder says. The pixels before scaling are equal bit for bit to
/// those of Hugging Face's processor and open_clip's, which resize with Pillow.
struct Preprocessor: Sendable {
    let configuration: PreprocessorConfiguration
    /// 3 x 256 floats: the output for each byte of each channel.
    private let table: [Float]

    init(_ configuration: PreprocessorConfiguration) {
        self.configuration = configuration
        var table: [Float] = []
        table.reserveCapacity(768)
        for channel in 0..<3 {
            for byte in 0..<256 {
                let scaled = Float(Double(byte) * configuration.rescaleFactor)
                table.append((scaled - configuration.mean[channel]) / configuration.standardDeviation[channel])
            }
        }
        self.table = table
    }

    /// Floats of one tensor.
    var tensorCount: Int { 3 * configuration.outputWidth * configuration.outputHeight }

    /// Float, CHW, RGB, normalised: `3 * outputHeight * outputWidth` values.
    ///
    /// Blocks for some tenths of a millisecond; call it where blocking is allowed.
    func tensor(for image: RGBImage) -> [Float] {
        let pixels = crop(of: image)
        let count = configuration.outputWidth * configuration.outputHeight
        return [Float](unsafeUninitializedCapacity: 3 * count) { planes, initialized in
            nft_rgb_to_planes(pixels, count, table, planes.baseAddress)
            initialized = 3 * count
        }
    }

    /// Writes ``tensor(for:)`` to `planes`, which has room for ``tensorCount`` floats.
    ///
    /// The resize writes floats at once: no bytes and no floats in between.
    func write(_ image: RGBImage, to planes: UnsafeMutableBufferPointer<Float>) {
        precondition(planes.count == tensorCount, "a tensor fills its place")
        let count = configuration.outputWidth * configuration.outputHeight
        let (width, height) = resizedSize(width: image.width, height: image.height)
        let columns = CropWindow(available: width, wanted: configuration.outputWidth)
        let rows = CropWindow(available: height, wanted: configuration.outputHeight)
        guard columns.kept.count * rows.kept.count == count,
            !Self.columnsComeFirst(image, width: width, height: height)
        else {
            return nft_rgb_to_planes(crop(of: image), count, table, planes.baseAddress)
        }
        let horizontal = ResampleAxis(
            source: image.width, target: width, outputs: columns.kept, filter: configuration.filter)
        let vertical = ResampleAxis(
            source: image.height, target: height, outputs: rows.kept, filter: configuration.filter)
        horizontal.withKernelAxis { horizontal in
            vertical.withKernelAxis { vertical in
                let row = (3 * configuration.outputWidth + 15) / 16 * 16
                let scratchSize = nft_resample_scratch_size(Int32(image.width), horizontal, vertical) + row
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: scratchSize) { scratch in
                    nft_resample_to_planes(
                        nft_resample_best_variant(), image.pixels, Int32(image.width), Int32(image.height), horizontal,
                        vertical, scratch.baseAddress, table, planes.baseAddress, configuration.outputWidth, count)
                }
            }
        }
    }

    /// The resized and cropped picture, `outputHeight` rows of `outputWidth` interleaved R, G, B bytes.
    func crop(of image: RGBImage, variant: nft_resample_variant = nft_resample_best_variant()) -> [UInt8] {
        let (width, height) = resizedSize(width: image.width, height: image.height)
        let columns = CropWindow(
            available: width, wanted: configuration.outputWidth, centering: configuration.centering)
        let rows = CropWindow(
            available: height, wanted: configuration.outputHeight, centering: configuration.centering)
        let part = resample(image, width: width, height: height, columns: columns, rows: rows, variant: variant)
        if columns.padding == 0, rows.padding == 0,
            part.count == 3 * configuration.outputWidth * configuration.outputHeight
        {
            return part
        }
        return pad(part, columns: columns, rows: rows)
    }

    /// Pixels of the whole picture after the resize.
    ///
    /// The longer side is truncated to an integer, as torchvision and Hugging Face do.
    private func resizedSize(width: Int, height: Int) -> (width: Int, height: Int) {
        switch configuration.resize {
        case .none: (width, height)
        case .exact(let newWidth, let newHeight): (newWidth, newHeight)
        case .shortestEdge(let edge):
            width <= height ? (edge, edge * height / width) : (edge * width / height, edge)
        case .inside(let outputWidth, let outputHeight):
            scaled(width, height, by: max(Double(height) / Double(outputHeight), Double(width) / Double(outputWidth)))
        case .around(let outputWidth, let outputHeight):
            scaled(width, height, by: min(Double(height) / Double(outputHeight), Double(width) / Double(outputWidth)))
        }
    }

    /// Rounded to the nearest, halves to even, as open_clip does; a line of pixels always stays.
    private func scaled(_ width: Int, _ height: Int, by ratio: Double) -> (width: Int, height: Int) {
        func side(_ length: Int) -> Int { max(1, Int((Double(length) / ratio).rounded(.toNearestOrEven))) }
        return (side(width), side(height))
    }

    /// The part of the resized picture that the crop keeps; nothing else is computed.
    ///
    private func resample(
        _ image: RGBImage, width: Int, height: Int, columns: CropWindow, rows: CropWindow,
        variant: nft_resample_variant
    ) -> [UInt8] {
        guard Self.columnsComeFirst(image, width: width, height: height) else {
            return resampleRowsFirst(
                image, width: width, height: height, columns: columns, rows: rows, variant: variant)
        }
        let part = resampleRowsFirst(
            image.transposed, width: height, height: width, columns: rows, rows: columns, variant: variant)
        return RGBImage(width: rows.kept.count, height: columns.kept.count, pixels: part).transposed.pixels
    }

    /// Each pass rounds to bytes, so their order is seen in the result: as in Pillow 13, columns come first where more
    /// than twice as many rows as columns go.
    private static func columnsComeFirst(_ image: RGBImage, width: Int, height: Int) -> Bool {
        image.height > height && image.height - height > 2 * (image.width - width)
    }

    private func resampleRowsFirst(
        _ image: RGBImage, width: Int, height: Int, columns: CropWindow, rows: CropWindow,
        variant: nft_resample_variant
    ) -> [UInt8] {
        let horizontal = ResampleAxis(
            source: image.width, target: width, outputs: columns.kept, filter: configuration.filter)
        let vertical = ResampleAxis(
            source: image.height, target: height, outputs: rows.kept, filter: configuration.filter)
        let count = 3 * columns.kept.count * rows.kept.count
        return horizontal.withKernelAxis { horizontal in
            vertical.withKernelAxis { vertical in
                let scratchSize = nft_resample_scratch_size(Int32(image.width), horizontal, vertical)
                return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: scratchSize) { scratch in
                    [UInt8](unsafeUninitializedCapacity: count) { out, initialized in
                        nft_resample_rgb(
                            variant, image.pixels, Int32(image.width), Int32(image.height), horizontal, vertical,
                            scratch.baseAddress, out.baseAddress)
                        initialized = count
                    }
                }
            }
        }
    }

    private func pad(_ part: [UInt8], columns: CropWindow, rows: CropWindow) -> [UInt8] {
        let count = configuration.outputWidth * configuration.outputHeight
        var padded: [UInt8] = []
        padded.reserveCapacity(3 * count)
        for _ in 0..<count { padded += configuration.fill }
        let rowSize = 3 * columns.kept.count
        for y in 0..<rows.kept.count {
            let target = 3 * ((rows.padding + y) * configuration.outputWidth + columns.padding)
            padded.replaceSubrange(target..<target + rowSize, with: part[y * rowSize..<(y + 1) * rowSize])
        }
        return padded
    }
}

extension RGBImage {
    /// Rows and columns exchanged.
    fileprivate var transposed: RGBImage {
        RGBImage(
            width: height, height: width,
            pixels: [UInt8](unsafeUninitializedCapacity: pixels.count) { out, initialized in
                nft_transpose_rgb(pixels, Int32(width), Int32(height), out.baseAddress)
                initialized = pixels.count
            })
    }
}

/// One axis of a centre crop.
struct CropWindow: Equatable {
    /// The positions of the picture that are kept.
    let kept: Range<Int>
    /// Fill before them, where the picture is smaller than the crop.
    let padding: Int

    init(available: Int, wanted: Int, centering: PreprocessorConfiguration.Centering = .huggingFace) {
        if available >= wanted {
            let half = (available - wanted) / 2
            let isOdd = (available - wanted) % 2 == 1
            let first = centering == .torchvision && isOdd && half % 2 == 1 ? half + 1 : half
            kept = first..<first + wanted
            padding = 0
        } else {
            kept = 0..<available
            padding = (wanted - available + (centering == .torchvision ? 0 : 1)) / 2
        }
    }
}
