import Core
import Foundation

/// The answer to ``EmbeddingRequest``, in the shape of OpenAI's API; an input that failed has an `error` instead of an
/// `embedding`.
struct EmbeddingAnswer: Sendable {
    var model: String
    var results: [Result<Embedding, EmbeddingFailure>]
    var encoding: EmbeddingRequest.Encoding
    var promptTokens: Int

    /// The answer as JSON, written by hand: an encoder spends more time on 512 numbers than a batch on a text.
    var json: [UInt8] {
        var bytes: [UInt8] = []
        let components = results.count * (model.utf8.count + 40)
        bytes.reserveCapacity(results.count * 512 * (encoding == .float ? 12 : 6) + components + 256)
        bytes += #"{"object":"list","model":"#.utf8
        Self.append(text: model, to: &bytes)
        bytes += #","data":["#.utf8
        for (index, result) in results.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += #"{"object":"embedding","index":"#.utf8
            bytes += String(index).utf8
            switch result {
            case .success(let embedding):
                bytes += #","embedding":"#.utf8
                append(embedding.values, to: &bytes)
            case .failure(let failure):
                bytes += #","error":{"code":"#.utf8
                Self.append(text: failure.code, to: &bytes)
                bytes += #","message":"#.utf8
                Self.append(text: failure.message, to: &bytes)
                bytes.append(UInt8(ascii: "}"))
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes += #"],"usage":{"prompt_tokens":\#(promptTokens),"total_tokens":\#(promptTokens)}}"#.utf8
        return bytes
    }

    private func append(_ values: [Float], to bytes: inout [UInt8]) {
        switch encoding {
        case .float:
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                // The fewest digits that give the same float back; vectors are finite.
                bytes += value.description.utf8
            }
            bytes.append(UInt8(ascii: "]"))
        case .base64:
            bytes.append(UInt8(ascii: "\""))
            bytes += FloatBytes.base64(values)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    private static func append(text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += "\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Vectors as OpenAI's API sends them in base64: 32-bit floats, little-endian, one after the other.
enum FloatBytes {
    static func base64(_ values: [Float]) -> Data {
        var data = Data(capacity: values.count * 4)
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data.base64EncodedData()
    }

    /// nil when `text` is no base64 of whole floats.
    static func floats(base64 text: String) -> [Float]? {
        guard let data = Data(base64Encoded: text), data.count % 4 == 0 else { return nil }
        return data.withUnsafeBytes { bytes in
            (0..<data.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
    }
}
