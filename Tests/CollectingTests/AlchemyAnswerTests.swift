import Core
import Fetching
import Foundation
import Testing

@testable import Collecting

struct AlchemyAnswerTests {
    private func read(_ json: String) throws -> AlchemyItem.Entry {
        AlchemyItem.read(try JSONParser.parse(Array(json.utf8)))
    }

    private func item(_ json: String) throws -> ItemReference {
        guard case .item(let item) = try read(json) else { throw Unexpected() }
        return item
    }

    private struct Unexpected: Error {}

    @Test func `a whole item of version 3`() throws {
        let item = try item(
            """
            {"contract":{"address":"0xB47e3Cd837dDF8e4c57F05d70Ab865de6e193BBB","isSpam":"true"},"tokenId":"0x0A",
             "name":"Ape","image":{"originalUrl":"https://h/1.png","cachedUrl":"https://c/1","pngUrl":"https://p/1",
             "thumbnailUrl":"https://t/1","contentType":"image/png; charset=x"},
             "raw":{"metadata":{"image":"https://h/1.png","attributes":[{"trait_type":"Fur","value":"Red"},
             {"value":3},{"trait_type":"Level","value":7.5},{"trait_type":"Gone","value":null},"loose",17,null,
             {"trait_type":"List","value":["a",1]}]},"error":null},
             "timeLastUpdated":"2023-09-18T09:58:23.000Z"}
            """)
        #expect(item.token == "10")
        #expect(item.name == "Ape")
        #expect(item.isSpam)
        #expect(item.mediaURIs == ["https://h/1.png", "https://c/1", "https://p/1", "https://t/1"])
        #expect(item.version == "2023-09-18T09:58:23.000Z")
        #expect(item.origin == MediaOrigin(kind: .http, host: "h"))
        let expected = [
            ("Fur", "Red"), ("trait", "3"), ("Level", "7.5"), ("trait", "loose"), ("trait", "17"), ("List", "a, 1"),
        ]
        #expect(item.attributes == expected.map { Attribute(trait: $0.0, value: $0.1) })
    }

    @Test func `SVG is drawn by the service first, of videos only the stills count`() throws {
        let svg = try item(
            #"{"tokenId":"1","image":{"originalUrl":"ipfs://x","pngUrl":"p","contentType":"image/svg+xml"}}"#)
        #expect(svg.mediaURIs == ["p", "ipfs://x"])
        let inline = try item(#"{"tokenId":"1","image":{"pngUrl":"p"},"raw":{"metadata":{"image_data":"<svg/>"}}}"#)
        #expect(inline.mediaURIs == ["p", "<svg/>"])
        let video = try item(
            #"{"tokenId":"1","image":{"originalUrl":"v","pngUrl":"p","thumbnailUrl":"t","contentType":"video/mp4"}}"#)
        #expect(video.mediaURIs == ["p", "t", "v"])
    }

    @Test(arguments: ["image", "image_url", "imageUrl", "image_data", "mediaUri"])
    func `metadata names its picture in many ways`(key: String) throws {
        let item = try item(#"{"tokenId":1,"image":null,"raw":{"metadata":{"\#(key)":"ipfs://x/{id}"}}}"#)
        #expect(item.mediaURIs == ["ipfs://x/" + String(repeating: "0", count: 63) + "1"])
    }

    @Test(arguments: [
        #"{"tokenId":"1"}"#, #"{"tokenId":"1","image":[],"raw":[],"contract":7,"name":{}}"#,
        #"{"tokenId":"1","raw":{"metadata":"no json {","error":null},"image":{"originalUrl":5}}"#,
        #"{"tokenId":"1","raw":{"metadata":{"attributes":"x","image":{}}},"name":null,"timeLastUpdated":[]}"#,
    ])
    func `wrong types are taken as absent`(json: String) throws {
        #expect(try item(json) == ItemReference(token: "1", name: "", mediaURIs: [], origin: .missing))
    }

    @Test func `the stamp counts only where the medium is not named by its content`() throws {
        let cid = "QmeNdyrTRGyVr6YvXPZHy1DPtwq3V8zZGzkzU145r5xcqa"
        for (uri, version) in [
            ("ipfs://\(cid)/0.png", ""), ("https://ipfs.io/ipfs/\(cid)/0.png", ""), ("https://h/0.png", "stamp"),
            ("ipns://name.eth/0.png", "stamp"), ("data:image/png;base64,AA==", ""),
            ("ar://\(String(repeating: "a", count: 43))/0.png", ""),
        ] {
            let read = try item(
                #"{"tokenId":"1","image":{"originalUrl":"\#(uri)"},"timeLastUpdated":"stamp"}"#)
            #expect(read.version == version, "\(uri)")
        }
    }

    @Test func `neighbours share the look-up of their place, and only where it is the same`() {
        let cids = ["QmeNdyrTRGyVr6YvXPZHy1DPtwq3V8zZGzkzU145r5xcqa", "QmSodrnHXf2sd3Cd61tzNdn7MpaHqe116KvGx2NS8Qzg1i"]
        let uris = [
            "ipfs://\(cids[0])/1.png", "ipfs://\(cids[0])/2.png", "https://ipfs.io/ipfs/\(cids[0])",
            "https://ipfs.io/ipfs/\(cids[1])", "https://ipfs.io/ipfs/notacid", "https://h/a/1", "https://h/a/2",
            "https://h:80/a/2", "https://i/a/2", "data:image/png;base64,AA/BB/CC/DD", "x", "", "ar://x/1", "gs://b/1",
            "ipfs://https://h/x/1", "http:///1", "https://h/{id}/1",
        ]
        var memo = MediaOriginMemo()
        for uri in uris + uris.reversed() {
            #expect(memo.origin(ofFirst: [uri]) == SourceURLResolver().origin(of: uri), "\(uri)")
        }
        #expect(memo.origin(ofFirst: []) == .missing)
    }

    @Test func `what a contract says of itself is found in both versions`() throws {
        for json in [
            #"{"nfts":[{"tokenId":"1","tokenType":"ERC721","contract":{"totalSupply":"8039"}}]}"#,
            #"{"nfts":[{"id":{"tokenId":"1"},"contractMetadata":{"totalSupply":8039,"tokenType":"ERC721"}}]}"#,
        ] {
            let answer = try #require(AlchemyAnswer(JSONParser.parse(Array(json.utf8))))
            #expect(answer.totalSupply == 8039 && answer.isERC721)
        }
    }

    @Test func `attributes may be an object, metadata a string`() throws {
        let object = try item(#"{"tokenId":"1","metadata":{"attributes":{"b":"2","a":{"value":1},"c":[]}}}"#)
        #expect(object.attributes == [Attribute(trait: "a", value: "1"), Attribute(trait: "b", value: "2")])
        let text = try item(#"{"tokenId":"1","raw":{"metadata":"{\"image\":\"ipfs://x\",\"name\":\"N\"}"}}"#)
        #expect(text.mediaURIs == ["ipfs://x"])
        #expect(text.name == "N")
    }

    @Test(arguments: [
        ("Token uri responded with a non 200 response code", true), ("Throttled token uri", true),
        ("IPFS gateway timed out", true), ("Internal service error", true), ("ArWeave gateway timed out", true),
        ("Centralized gateway timed out, try again with a higher tokenUri timeout", true),
        ("Token does not exist", false), ("Malformed token URI", false), ("Failed to get token uri", false),
        ("Contract does not have any code", false), ("Bad Token URI", false),
        ("Contract returned a broken token uri, do not retry", false),
    ])
    func `errors of single items are kept, passing ones apart from final ones`(error: String, passes: Bool) throws {
        let failure = CollectFailure(token: "1", reason: error, isRetryable: passes)
        #expect(try read(#"{"tokenId":"1","raw":{"metadata":{},"error":"\#(error)"}}"#) == .failure(failure))
        #expect(try read(#"{"id":{"tokenId":"0x1"},"error":"\#(error)"}"#) == .failure(failure))
    }

    @Test(arguments: ["{}", "null", "[]", #"{"tokenId":"x"}"#, #"{"tokenId":-1}"#, #"{"tokenId":[1]}"#])
    func `an item without number is a failure`(json: String) throws {
        guard case .failure(let failure) = try read(json) else { throw Unexpected() }
        #expect(!failure.isRetryable)
    }

    @Test func `hostile sizes are cut`() throws {
        let trait = #"{"trait_type":"\#(String(repeating: "t", count: 5000))","value":"v"}"#
        let list = Array(repeating: trait, count: 1000).joined(separator: ",")
        let uri = "data:," + String(repeating: "x", count: 2 << 20)
        let item = try item(#"{"tokenId":"1","image":"\#(uri)","raw":{"metadata":{"attributes":[\#(list)]}}}"#)
        #expect(item.attributes.count == 200)
        #expect(item.attributes.allSatisfy { $0.trait.count == 1000 })
        #expect(item.mediaURIs.isEmpty)
    }

    @Test(arguments: [
        (#"{"nfts":[],"pageKey":"a"}"#, "a"), (#"{"nfts":[],"nextToken":"b","pageKey":null}"#, "b"),
        (#"{"nfts":[],"pageKey":"","nextToken":""}"#, nil), (#"{"nfts":[]}"#, nil), (#"{"nfts":[],"pageKey":7}"#, "7"),
    ])
    func `positions come in all forms`(json: String, position: String?) throws {
        let answer = try #require(AlchemyAnswer(JSONParser.parse(Array(json.utf8))))
        #expect(answer.nextPosition == position)
    }

    @Test func `every recorded answer is read`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("../shared/fixtures/alchemy").standardizedFileURL
        guard let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        else {
            print("skipped: no recorded answers beside this checkout")
            return
        }
        var items = 0
        var pictures = 0
        for file in files where file.pathExtension == "json" {
            let value = try JSONParser.parse(Array(try Data(contentsOf: file)))
            guard let answer = AlchemyAnswer(value) else {
                // Answers about one token are items themselves.
                if case .item = AlchemyItem.read(value) {
                    items += 1
                } else {
                    Issue.record("\(file.lastPathComponent)")
                }
                continue
            }
            #expect(!answer.entries.isEmpty)
            for (contract, entry) in answer.entries {
                #expect(contract != nil)
                guard case .item(let item) = entry else {
                    Issue.record("\(file.lastPathComponent): \(entry)")
                    continue
                }
                items += 1
                if !item.mediaURIs.isEmpty { pictures += 1 }
            }
        }
        #expect(items > 20)
        #expect(pictures > 10)
    }
}
