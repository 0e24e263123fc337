internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The ways in which the synthetic API fails.
enum AlchemyFault: String, CaseIterable {
    case throttledSeconds, throttledDate, throttled, throttledInside, internalError, badGateway, unavailable
    case reset, halfAPage

    /// The fault of request `number`, the same for the same seed; nil for most requests.
    static func of(request number: UInt64, seed: UInt64, percent: Double) -> AlchemyFault? {
        let random = Mixing.mixed(Mixing.mixed(seed) ^ number)
        guard Double(random % 10_000) < percent * 100 else { return nil }
        return allCases[Int((random >> 32) % UInt64(allCases.count))]
    }

    private static let capacity = "Your app has exceeded its compute units per second capacity."

    var response: Response {
        switch self {
        case .throttledSeconds: return Answer.text(Self.capacity, .tooManyRequests, retryAfter: 1)
        case .throttledDate:
            var response = Answer.text(Self.capacity, .tooManyRequests)
            response.headers[.retryAfter] = Self.date(secondsFromNow: 2)
            return response
        case .throttled: return Answer.text(Self.capacity, .tooManyRequests)
        case .throttledInside:
            let body = #"{"jsonrpc":"2.0","error":{"code":429,"message":"\#(Self.capacity)"}}"#
            return Answer.bytes(ByteBuffer(string: body), type: "application/json")
        case .internalError: return Answer.text(#"{"message":"Internal service error"}"#, .internalServerError)
        case .badGateway: return Answer.text("<html>Bad gateway</html>", .badGateway)
        case .unavailable: return Answer.text("Service unavailable", .serviceUnavailable)
        case .reset:
            // A body that fails before its announced end closes the connection.
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(contentLength: 100_000) { writer in
                    try await writer.write(ByteBuffer(string: #"{"nfts":[{"contract":"#))
                    throw HTTPError(.internalServerError)
                })
        case .halfAPage:
            return Answer.bytes(ByteBuffer(string: #"{"nfts":[{"contract":{"address":"#), type: "application/json")
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(secondsFromNow seconds: Int) -> String {
        var moment = time(nil) + seconds
        var parts = tm()
        gmtime_r(&moment, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let length = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
