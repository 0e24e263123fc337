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

    /// The digits.
    package var hex: String {
        switch self {
        case .sha256(let hex), .gitBlob(let hex): hex
        }
    }

    /// Whether the file at `path` has this digest; false when it cannot be read.
    ///
    /// Blocks for as long as reading takes. Stops, with false, when `isCancelled` says so.
    package func matches(fileAt path: String, isCancelled: () -> Bool = { false }) -> Bool {
        switch self {
        case .sha256: Self.sha256(ofFileAt: path, isCancelled: isCancelled) == self
        case .gitBlob: Self.gitBlob(ofFileAt: path, isCancelled: isCancelled) == self
        }
    }

    /// The SHA-256 of a file; nil when it cannot be read.
    package static func sha256(ofFileAt path: String, isCancelled: () -> Bool = { false }) -> FileDigest? {
        digest(path, EVP_sha256(), isCancelled) { _ in [] }.map(FileDigest.sha256)
    }

    /// The name that Git gives a file's contents; nil when it cannot be read.
    package static func gitBlob(ofFileAt path: String, isCancelled: () -> Bool = { false }) -> FileDigest? {
        digest(path, EVP_sha1(), isCancelled) { Array("blob \($0)".utf8) + [0] }.map(FileDigest.gitBlob)
    }

    /// The digits over what `head` says of the size, and the file's bytes.
    private static func digest(
        _ path: String, _ kind: OpaquePointer?, _ isCancelled: () -> Bool, head: (Int) -> [UInt8]
    ) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        EVP_DigestInit_ex(context, kind, nil)
        let head = head(Int(status.st_size))
        EVP_DigestUpdate(context, head, head.count)
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0, !isCancelled() else { return nil }
            EVP_DigestUpdate(context, chunk, count)
        }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        EVP_DigestFinal_ex(context, &digest, &length)
        return hex(digest.prefix(Int(length)))
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
