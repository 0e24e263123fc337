internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Tokens as strangers make them, numbered after the last punk.
struct HostileToken: Sendable {
    let token: AlchemyPage.Token

    static let folderCID = "QmStandinsHostiLeThingsNeverLetThemEscapeHereX"

    private init(
        _ number: Int, name: String, image: String?, description: String? = nil, error: String? = nil,
        attributes: [AlchemyPage.Trait]? = nil
    ) {
        token = AlchemyPage.Token(
            tokenId: "\(10_000 + number)", name: name, description: description,
            image: image.map { .init(originalUrl: $0) },
            raw: .init(metadata: .init(name: name, image: image, attributes: attributes), error: error))
    }

    private static func ipfs(_ file: String) -> String { "ipfs://\(folderCID)/\(file)" }

    private static let svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"96\">"
        + "<rect width=\"96\" height=\"96\" fill=\"#c03\"/><circle cx=\"48\" cy=\"48\" r=\"30\" fill=\"#fc0\"/></svg>"

    /// One red pixel.
    private static let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="

    static let all: [HostileToken] = [
        HostileToken(
            0, name: "<img src=x onerror=alert(1)>", image: "data:image/svg+xml;utf8," + svg,
            attributes: [.init(value: "\"><script>alert(2)</script>", traitType: "<b>Trait</b>")]),
        HostileToken(
            1, name: "Long story", image: "data:image/png;base64," + pixel,
            description: String(repeating: "All work and no play makes a dull punk. ", count: 5000)),
        HostileToken(2, name: "No picture", image: nil),
        HostileToken(3, name: "A page posing as a picture", image: ipfs("page.png")),
        HostileToken(4, name: "Cut off", image: ipfs("truncated.png")),
        HostileToken(5, name: "Gone", image: ipfs("missing.png")),
        HostileToken(6, name: "To the metadata service", image: ipfs("redirect.png")),
        HostileToken(7, name: "A file of this machine", image: "file:///etc/passwd"),
        HostileToken(8, name: "Broken metadata", image: nil, error: "Malformed token URI"),
        HostileToken(9, name: "Slow metadata", image: nil, error: "IPFS gateway timed out"),
        HostileToken(10, name: "Empty", image: ipfs("empty.png")),
        HostileToken(11, name: "\u{202E}drawkcaB\u{0}\u{7}", image: "<svg onload=\"alert(3)\"" + svg.dropFirst(4)),
    ]

    /// What the gateway gives for the files that the tokens point to.
    static func answer(_ file: String) -> Response {
        switch file {
        case "page.png":
            let page = "<!DOCTYPE html><html><title>Nice</title><body onload=\"alert(4)\">Not a picture</body></html>"
            return Answer.bytes(ByteBuffer(string: page), type: "image/png")
        case "truncated.png":
            let start: [UInt8] = [
                0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 4, 0, 0, 0,
            ]
            return Answer.bytes(ByteBuffer(bytes: start), type: "image/png")
        case "redirect.png":
            return Response(status: .found, headers: [.location: "http://169.254.169.254/latest/meta-data/"])
        case "empty.png":
            return Answer.bytes(ByteBuffer(), type: "image/png")
        default:
            return Answer.text("no link named that", .notFound)
        }
    }
}
