import Core

/// One try to bring a file to its end.
struct FileAttempt {
    let source: FileDownload.Source
    let path: String
    let options: FileDownload.Options
    let progress: @Sendable (Int) -> Void

    /// Returns the digest that the answers named, and how many bytes came.
    ///
    /// Throws: ``FetchError`` with the number of bytes that came; they are kept.
    func run(isCancelled: @escaping @Sendable () -> Bool) throws(FetchError) -> (FileDigest?, Int) {
        let file = try PartialFile(for: path)
        let start = file.count
        if let size = source.size {
            if start == size { return (nil, 0) }
            if start > size { try file.restart(entityTag: nil) }
        }
        var fields: [(name: String, value: String)] = []
        // Without a tag the bytes may be of another version: only a digest would tell.
        let tag = file.entityTag
        if file.count > 0, tag != nil || source.digest != nil {
            fields.append((name: "Range", value: "bytes=\(file.count)-"))
            if let tag { fields.append((name: "If-Range", value: tag)) }
        } else if file.count > 0 {
            try file.restart(entityTag: nil)
        }
        let hops = Hops(options: options, authorization: source.authorization, isCancelled: isCancelled)
        var hasBegun = false
        var received = 0
        do throws(FetchError) {
            let (head, first, place) = try hops.follow(source.url, fields: fields) { (head, chunk) throws(FetchError) in
                guard (200..<300).contains(head.status) else { return }
                if !hasBegun {
                    hasBegun = true
                    try begin(head, file)
                }
                try file.append(chunk)
                received += chunk.count
                if let size = source.size, file.count > size {
                    throw FetchError(.wrongContent, "The file is larger than the \(size) bytes that were announced.")
                }
                progress(file.count)
            }
            try judge(head, place, file, hasBegun: hasBegun)
            if let size = source.size, file.count < size {
                throw FetchError(.truncated, "The file ended before its \(size) bytes.", isRetryable: true)
            }
            return (Self.digest(first, head.headers), received)
        } catch {
            var error = error
            error.byteCount = received
            throw error
        }
    }

    /// The first bytes are here: of the rest, or of the whole file.
    private func begin(_ head: DownloadTransfer.Head, _ file: PartialFile) throws(FetchError) {
        if head.status == 206 {
            guard Self.rangeStart(head.headers["content-range"]) == file.count else {
                try file.restart(entityTag: nil)
                throw FetchError(
                    .invalidResponse, "The server sent another part of the file than was asked for.",
                    isRetryable: true)
            }
        } else {
            try file.restart(entityTag: head.headers["etag"])
        }
    }

    private func judge(
        _ head: DownloadTransfer.Head, _ place: String, _ file: PartialFile, hasBegun: Bool
    ) throws(FetchError) {
        switch head.status {
        case 200..<300:
            // An empty file has no first byte.
            if !hasBegun { try file.restart(entityTag: nil) }
        case 416:
            // What is there is no part of what is to be had now.
            try file.restart(entityTag: nil)
            throw FetchError(.invalidResponse, "The file has changed meanwhile.", isRetryable: true)
        default:
            throw FetchError(
                status: head.status, host: WebAddress(place)?.host ?? "The server",
                retryAfter: head.headers.retryAfter)
        }
    }

    /// `bytes 100-199/1000` begins at 100 (RFC 9110, section 14.4).
    private static func rangeStart(_ field: String?) -> Int? {
        guard let field, field.hasPrefix("bytes ") else { return nil }
        return field.dropFirst(6).split(separator: "-").first.flatMap { Int($0) }
    }

    /// What the answer says of the file: the linked object's SHA-256, or the Git object's name.
    private static func digest(_ first: HTTPHeaders, _ last: HTTPHeaders) -> FileDigest? {
        let tags = [first["x-linked-etag"], first["etag"], last["x-linked-etag"]]
        return tags.lazy.compactMap(\.self).compactMap { FileDigest($0) }.first
    }
}
