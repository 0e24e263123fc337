import CCrypto
import Glibc

/// What a file's bytes must be: the checksums that repositories of models publish.
package enum FileDigest: Sendable, Hashable {
    /// 64 hexadecimal digits, as Git LFS names its objects.
    case sha256(String)
    /// 40 hexadecimal digits: SHA-1 over `blob SIZE\0` and the bytes, as Git names its objects.
    case gitBlob(String)

    /// Reads what a repository says: 64 or 40 hexadecimal digits, in quotes or not; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let digits = text.lowercased().filter { $0 != "\"" }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        switch digits.utf8.count {
        case 64: self = .sha256(digits)
        case 40: self = .gitBlob(digits)
        default: return nil
        }
    }

    /// Whether the file at `path` has this digest; false when it cannot be read.
    ///
    /// Blocks for as long as reading takes. Stops, with false, when `isCancelled` says so.
    package func matches(fileAt path: String, isCancelled: () -> Bool = { false }) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        let wanted: String
        switch self {
        case .sha256(let hex):
            wanted = hex
            EVP_DigestInit_ex(context, EVP_sha256(), nil)
        case .gitBlob(let hex):
            wanted = hex
            EVP_DigestInit_ex(context, EVP_sha1(), nil)
            let head = Array("blob \(status.st_size)".utf8) + [0]
            EVP_DigestUpdate(context, head, head.count)
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0, !isCancelled() else { return false }
            EVP_DigestUpdate(context, chunk, count)
        }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        EVP_DigestFinal_ex(context, &digest, &length)
        return Self.hex(digest.prefix(Int(length))) == wanted
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
