internal import Foundation

/// What the web does about one request, step by step; nothing here needs to be valid HTTP.
struct WebAnswer: Sendable {
    enum Step: Sendable {
        case wait(Duration)
        /// The status line and headers.
        case head(Int, [(String, String)])
        /// Bytes as they are, written in pieces.
        case bytes([Data])
        case zeros(Int)
        /// For ever.
        case endless
        /// One byte at a time.
        case drip(Data, every: Duration)
        /// Ends the connection with a reset.
        case reset
        /// Ends the connection.
        case close
    }

    var steps: [Step]
    /// Whether the last step completes the item's picture, whole and true.
    var isWhole = false

    init(_ steps: [Step], isWhole: Bool = false) {
        self.steps = steps
        self.isWhole = isWhole
    }

    /// A proper answer with a body and its length.
    init(
        _ status: Int = 200, type: String = "text/plain", _ body: [Data], headers: [(String, String)] = [],
        isWhole: Bool = false
    ) {
        let length = body.reduce(0) { $0 + $1.count }
        let all = [("Content-Type", type), ("Content-Length", "\(length)")] + headers
        self.init([.head(status, all), .bytes(body)], isWhole: isWhole)
    }

    init(_ status: Int = 200, type: String = "text/plain", text: String, headers: [(String, String)] = []) {
        self.init(status, type: type, [Data(text.utf8)], headers: headers)
    }

    static func redirect(_ location: String?) -> WebAnswer {
        let headers = location.map { [("Location", $0)] } ?? []
        return WebAnswer(302, text: "elsewhere", headers: headers)
    }

    func after(_ delay: Duration) -> WebAnswer {
        delay > .zero ? WebAnswer([.wait(delay)] + steps, isWhole: isWhole) : self
    }
}
