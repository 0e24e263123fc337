internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Gives large files, in ranges, and fails as often as it is told to.
final class LinkedObjects: Sendable {
    private struct Account {
        var busy = 0
        var spoilt = 0
        var cut: Set<String> = []
        var sent = 0
    }

    private let shelf: ModelShelf
    private let options: ModelOptions
    private let account = Mutex(Account())

    private static let pieceSize = 64 << 10

    init(shelf: ModelShelf, options: ModelOptions) {
        self.shelf = shelf
        self.options = options
    }

    /// Bytes that were sent so far.
    var sent: Int { account.withLock { $0.sent } }

    func answer(_ request: Request, digest: String) -> Response {
        // As signed addresses do: the secret of another host must not come here.
        if options.modelCdnHost != nil, request.headers[.authorization] != nil {
            return Answer.text("Only one way of authentication is allowed.", .badRequest)
        }
        guard let data = shelf.linked[digest] else { return Answer.text("No such object.", .notFound) }
        let (isBusy, isSpoilt, isCut) = account.withLock { account in
            if account.busy < options.modelBusy {
                account.busy += 1
                return (true, false, false)
            }
            let isSpoilt = account.spoilt < options.modelCorrupt
            if isSpoilt { account.spoilt += 1 }
            return (false, isSpoilt, options.modelCutAfter != nil && account.cut.insert(digest).inserted)
        }
        if isBusy { return Answer.text("Slow down.", .serviceUnavailable, retryAfter: 1) }
        let tag = "\"\(digest)\""
        var headers: HTTPFields = [.eTag: tag, .acceptRanges: "bytes", .contentType: "application/octet-stream"]
        var start = 0
        let isSameVersion = HTTPField.Name("If-Range").flatMap { request.headers[$0] }.map { $0 == tag } ?? true
        if let range = request.headers[.range], range.hasPrefix("bytes="), isSameVersion {
            guard let first = Int(range.dropFirst(6).prefix { $0 != "-" }), first < data.count else {
                headers[.contentRange] = "bytes */\(data.count)"
                return Response(status: .rangeNotSatisfiable, headers: headers)
            }
            start = first
            headers[.contentRange] = "bytes \(start)-\(data.count - 1)/\(data.count)"
        }
        let body = body(
            data.dropFirst(start), cutAfter: isCut ? options.modelCutAfter : nil, isSpoilt: isSpoilt,
            rate: options.modelRate)
        return Response(status: start > 0 ? .partialContent : .ok, headers: headers, body: body)
    }

    private func body(_ data: Data, cutAfter: Int?, isSpoilt: Bool, rate: Int?) -> ResponseBody {
        ResponseBody(contentLength: data.count) { [self] writer in
            var rest = data
            var sent = 0
            while !rest.isEmpty {
                let count = min(
                    rate.map { max(1, min($0 / 20, Self.pieceSize)) } ?? Self.pieceSize, (cutAfter ?? .max) - sent)
                // A body that fails before its announced end closes the connection.
                guard count > 0 else { throw HTTPError(.internalServerError) }
                var piece = Data(rest.prefix(count))
                if isSpoilt, sent == 0 { piece[piece.startIndex] ^= 1 }
                try await writer.write(ByteBuffer(bytes: piece))
                sent += piece.count
                self.account.withLock { $0.sent += piece.count }
                rest = rest.dropFirst(count)
                if let rate { try await Task.sleep(for: .seconds(Double(count) / Double(rate))) }
            }
            try await writer.finish(nil)
        }
    }
}
