import CKernels

/// Turns rows of 8-bit samples, with or without alpha, into opaque RGB on white.
///
/// Blending before the resize gives the same as resizing colours weighted by alpha and blending after it, since both
/// are linear, at three channels instead of four.
struct RowFlattening {
    let width: Int
    /// Samples a source pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha, or more, of which the rest is ignored.
    let bands: Int
    let hasAlpha: Bool
    private let variant = nft_shrink_best_variant()

    init(width: Int, bands: Int, hasAlpha: Bool) {
        self.width = width
        self.bands = bands
        self.hasAlpha = hasAlpha
    }

    /// Writes `width` x 3 bytes, and may write up to `NFT_SHRINK_OVERHANG` bytes more.
    func callAsFunction(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>) {
        switch (bands, hasAlpha) {
        case (4, true): nft_flatten_rgba(variant, source, width, target)
        case (3, _): target.update(from: source, count: width * 3)
        case (1, _), (2, false): spreadGrey(source, into: target)
        case (2, true): flattenGreyAlpha(source, into: target)
        default: dropExtraBands(source, into: target)
        }
    }

    private func flattenGreyAlpha(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>) {
        for x in 0..<width {
            let grey = Self.onWhite(source[x &* 2], source[x &* 2 &+ 1])
            let to = target + x &* 3
            to[0] = grey
            to[1] = grey
            to[2] = grey
        }
    }

    private func spreadGrey(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>) {
        for x in 0..<width {
            let to = target + x &* 3
            let grey = source[x &* bands]
            to[0] = grey
            to[1] = grey
            to[2] = grey
        }
    }

    private func dropExtraBands(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>) {
        for x in 0..<width { (target + x &* 3).update(from: source + x &* bands, count: 3) }
    }

    /// `value` x alpha + 255 x (1 - alpha), rounded exactly.
    static func onWhite(_ value: UInt8, _ alpha: UInt8) -> UInt8 {
        let sum = UInt32(value) &* UInt32(alpha) &+ 255 &* (255 &- UInt32(alpha)) &+ 128
        return UInt8(truncatingIfNeeded: (sum &+ sum >> 8) >> 8)
    }
}
