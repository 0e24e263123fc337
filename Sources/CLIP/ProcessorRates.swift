import CKernels
import Foundation

/// What this processor's arithmetic can give at most, measured in registers with our own kernel.
package struct ProcessorRates: Sendable, Codable, Equatable {
    /// 10^9 operations a second of one core, a multiplication and an addition being two; 0 for what it lacks.
    package var f32: Double
    package var bf16: Double
    package var int8: Double
    /// Whether there are tiles for bfloat16 (AMX), whose rate is not measured.
    package var hasTiles: Bool

    package init(f32: Double, bf16: Double, int8: Double, hasTiles: Bool) {
        self.f32 = f32
        self.bf16 = bf16
        self.int8 = int8
        self.hasTiles = hasTiles
    }

    /// The best of some rounds, in which the formats take turns: whatever else runs on the core then slows down all of
    /// them, and their ratio stays.
    ///
    /// Blocks for some milliseconds.
    package static func measured() -> ProcessorRates {
        var rates = ProcessorRates(f32: 0, bf16: 0, int8: 0, hasTiles: nft_has_bf16_tiles() != 0)
        for _ in 0..<5 {
            rates.f32 = max(rates.f32, nft_multiply_add_rate(NFT_RATE_F32))
            rates.bf16 = max(rates.bf16, nft_multiply_add_rate(NFT_RATE_BF16))
            rates.int8 = max(rates.int8, nft_multiply_add_rate(NFT_RATE_INT8))
        }
        return rates
    }

    /// Whether a tower that computes all the time is clearly faster in bfloat16.
    ///
    /// The rates of processors that have the instruction are 0.5, 1 or 2 times that of f32, so noise decides nothing.
    var favorsBFloat16: Bool { hasTiles || bf16 >= 1.4 * f32 && bf16 > 0 }

    /// The same for a tower that waits for its weights: half the bytes are worth a lower rate.
    ///
    /// That is a text tower run on a query: few tokens, and all the weights for them. `weights` are bytes in f32; those
    /// that fit a cache are not waited for.
    func favorsBFloat16(weights: Int) -> Bool { favorsBFloat16 || bf16 > 0 && weights >= 128 << 20 }
}

/// The processor's name and cores, as the system gives them.
enum Processor {
    static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    static var name: String {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        func value(_ key: String) -> String? {
            info.split(separator: "\n").first { $0.hasPrefix(key) }?
                .split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        // "Intel(R) Xeon(R) Processor" stands for many.
        return [value("model name") ?? "processor", value("cpu family"), value("model\t"), value("stepping")]
            .compactMap(\.self).joined(separator: " ")
    }
}
