import Testing

@testable import Fetching

struct DataURITests {
    @Test(arguments: [
        ("data:image/png;base64,aGVsbG8=", "image/png", "hello"),
        ("data:image/png;base64,aGVsbG8", "image/png", "hello"),
        ("data:image/png;base64,aGVs\n bG8=", "image/png", "hello"),
        ("data:image/png;base64,aGVsbG8%3D", "image/png", "hello"),
        ("data:IMAGE/PNG;charset=x;BASE64,-_-_", "image/png", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("data:image/svg+xml;utf8,<svg fill='#f00'/>", "image/svg+xml", "<svg fill='#f00'/>"),
        ("data:image/svg+xml,%3Csvg/%3E", "image/svg+xml", "<svg/>"),
        ("data:image/svg+xml;utf8,<a b='50%'/>", "image/svg+xml", "<a b='50%'/>"),
        ("data:,x,y", "text/plain", "x,y"),
        ("DATA:;charset=utf-8,é", "text/plain", "é"),
    ])
    func `data: URIs decode leniently`(uri: String, type: String, text: String) throws {
        let data = try DataURI(uri, maximumBytes: 100)
        #expect(data.contentType == type)
        #expect(String(decoding: data.bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [
        "data:", "data:image/png", "data:image/png;base64,", "data:image/png;base64,a", "data:image/png;base64,a*b=",
        "data:image/png;base64,aG=Vs", "http://x,y", "",
    ])
    func `broken ones are refused`(uri: String) {
        #expect(throws: FetchError.self) { try DataURI(uri, maximumBytes: 100) }
    }

    @Test func `the limit counts what comes out`() throws {
        #expect(try DataURI("data:,abcd", maximumBytes: 4).bytes.count == 4)
        for uri in ["data:,abcde", "data:;base64,YWJjZGU=", "data:," + String(repeating: "a", count: 1000)] {
            #expect { try DataURI(uri, maximumBytes: 4) } throws: { ($0 as? FetchError)?.code == .tooLarge }
        }
    }
}
