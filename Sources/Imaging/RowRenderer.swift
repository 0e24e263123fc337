import CKernels
import Core

/// Puts decoded rows, from the top to the bottom, onto white and into a picture of the wanted size.
struct RowRenderer: ~Copyable {
    private let flatten: RowFlattening
    private let width: Int
    private let height: Int
    private var scaler: CubicDownscaler?
    /// Without scaling: the rows so far, and the overhang behind the last.
    private var pixels: [UInt8]
    private var place = 0

    init(from source: (Int, Int), bands: Int, hasAlpha: Bool, to wanted: (width: Int, height: Int)) {
        flatten = RowFlattening(width: source.0, bands: bands, hasAlpha: hasAlpha)
        width = wanted.width
        height = wanted.height
        if source == (width, height) {
            scaler = nil
            pixels = [UInt8](repeating: 0, count: width * height * 3 + Int(NFT_SHRINK_OVERHANG))
        } else {
            scaler = CubicDownscaler(from: source, to: wanted)
            pixels = []
        }
    }

    mutating func append(_ row: UnsafePointer<UInt8>) {
        if scaler != nil {
            scaler?.append { flatten(row, into: $0) }
        } else {
            pixels.withUnsafeMutableBufferPointer { pixels in
                if let start = pixels.baseAddress { flatten(row, into: start + place) }
            }
            place += width * 3
        }
    }

    /// The picture, when all rows were appended.
    consuming func image() -> RGBImage {
        if let scaled = scaler?.pixels { return RGBImage(width: width, height: height, pixels: scaled) }
        pixels.removeLast(Int(NFT_SHRINK_OVERHANG))
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}
