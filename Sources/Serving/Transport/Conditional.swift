import HTTPTypes
import Hummingbird

extension Response {
    /// Bytes that never change at their address: kept for a year, answered by 304 when the client has them.
    static func immutable(
        _ bytes: [UInt8], contentType: String, tag: String, for request: Request
    ) -> Response {
        tagged(
            bytes, contentType: contentType, tag: tag, cacheControl: "public, max-age=31536000, immutable", for: request
        )
    }

    /// Bytes with an entity tag; 304 without a body when the client already has them.
    static func tagged(
        _ bytes: [UInt8], contentType: String, tag: String, cacheControl: String, for request: Request
    ) -> Response {
        let quoted = "\"\(tag)\""
        var headers: HTTPFields = [.eTag: quoted, .cacheControl: cacheControl, .contentType: contentType]
        if Self.matches(request.headers[.ifNoneMatch], quoted) {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Whether an `If-None-Match` names the tag (weakly compared, RFC 9110 §13.1.2).
    private static func matches(_ header: String?, _ quoted: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { candidate in
            var candidate = candidate.drop { $0 == " " }
            while candidate.last == " " { candidate.removeLast() }
            if candidate.hasPrefix("W/") { candidate = candidate.dropFirst(2) }
            return candidate == "*" || candidate == quoted
        }
    }
}
