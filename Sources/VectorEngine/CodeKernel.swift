internal import CKernels

/// One implementation of the integer arithmetic on codes; all give the same bits.
package struct CodeKernel: Sendable, Hashable, CustomStringConvertible {
    let number: Int32

    private init(_ number: Int32) { self.number = number }

    package static var scalar: CodeKernel { CodeKernel(Int32(NFT_CODES_SCALAR)) }

    /// The fastest that this processor has, or the one that ``KernelChoice`` names.
    package static let best = KernelChoice.name.flatMap { CodeKernel(named: $0) } ?? CodeKernel(nft_codes_kernel_best())

    /// One that this processor has, by its name in ``KernelChoice``.
    init?(named name: String) {
        guard let kernel = Self.supported.first(where: { KernelChoice.name(of: $0.description) == name }) else {
            return nil
        }
        self = kernel
    }

    /// All that this processor has.
    package static var supported: [CodeKernel] {
        (0..<Int32(NFT_CODES_KERNEL_COUNT)).filter { nft_codes_kernel_supported($0) != 0 }.map(CodeKernel.init)
    }

    package var description: String {
        switch Int(number) {
        case Int(NFT_CODES_AVX2): "AVX2"
        case Int(NFT_CODES_AVX512): "AVX-512 VNNI"
        case Int(NFT_CODES_NEON): "NEON"
        default: "scalar"
        }
    }
}
