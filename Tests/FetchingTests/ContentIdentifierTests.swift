import Core
import Testing

@testable import Fetching

/// The CID of a file in one raw block: version 1, base32.
func rawIdentifier(of bytes: [UInt8]) -> String {
    let binary: [UInt8] = [1, 0x55, 0x12, 32] + ContentHash(of: bytes).bytes
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
    var text = "b"
    var bits = 0
    var value = 0
    for byte in binary {
        value = (value << 8 | Int(byte)) & 0xFFFF
        bits += 8
        while bits >= 5 {
            bits -= 5
            text.append(alphabet[value >> bits & 31])
        }
    }
    if bits > 0 { text.append(alphabet[value << (5 - bits) & 31]) }
    return text
}

struct ContentIdentifierTests {
    @Test(
        arguments: [
            ("QmeSjSinHpPnmXmspMjwiXyN6zS4E9zccariGR3jxcaWtq", 0, 0x70),
            ("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", 1, 0x70),
            ("BAFYBEIGDYRZT5SFP7UDM7HU76UH7Y26NF3EFUYLQABF3OCLGTQY55FBZDI", 1, 0x70),
            ("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", 1, 0x55),
            ("zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7", 1, 0x70),
            ("f01551220" + String(repeating: "ab", count: 32), 1, 0x55),
            ("F01551220" + String(repeating: "AB", count: 32), 1, 0x55),
            ("k2jmtxw8rjh1z69c6not3wtdxb0u3urbzhyll1t9jg6ox26dhi5sfi1m", 1, 0x70),
            ("k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8", 1, 0x72),
        ] as [(String, Int, UInt64)])
    func `identifiers in the bases that are in use`(text: String, version: Int, codec: UInt64) throws {
        let identifier = try #require(ContentIdentifier(text))
        #expect(identifier.version == version)
        #expect(identifier.codec == codec)
    }

    @Test(arguments: [
        "", "Qm", "QmeSjSinHpPnmXmspMjwiXyN6zS4E9zccariGR3jxcaWt0", "QmeSjSinHpPnmXmspMjwiXyN6zS4E9zccariGR3jxcaWtqq",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzd", "Bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzd1", "background", "baffling", "zebra-crossing",
        "f01551221" + String(repeating: "ab", count: 32), "f00551220" + String(repeating: "ab", count: 32),
        "fffffffffffffffffffffffffffff", String(repeating: "b", count: 121), "kilimanjaro", "u_____________",
    ])
    func `what is no identifier is none`(text: String) { #expect(ContentIdentifier(text) == nil) }

    @Test func `the hash of a raw leaf is that of its file, and of nothing else`() throws {
        let text = rawIdentifier(of: Array("hello".utf8))
        #expect(ContentIdentifier(text)?.fileHash == ContentHash(of: Array("hello".utf8)))
        #expect(ContentIdentifier("QmeSjSinHpPnmXmspMjwiXyN6zS4E9zccariGR3jxcaWtq")?.fileHash == nil)
        #expect(SourceURLResolver.fileHash(of: "https://g/ipfs/\(text)") != nil)
        for rest in ["/1.png", "?format=car", "/"] {
            #expect(SourceURLResolver.fileHash(of: "https://g/ipfs/\(text)\(rest)") == nil)
        }
    }

    @Test(arguments: 0..<20) func `random text never crashes`(seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        let alphabet = Array("bBfFzkKuQm0123456789abcdefghijklmnopqrstuvwxyzABCXYZ-_=+é")
        for _ in 0..<500 {
            let count = Int.random(in: 0..<130, using: &generator)
            let text = String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
            _ = ContentIdentifier(text)
        }
    }
}
