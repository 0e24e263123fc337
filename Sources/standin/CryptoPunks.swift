internal import Core
internal import Foundation
internal import NIOCore

/// The pictures and labels of the 10,000 CryptoPunks, held in memory (about 10 MB).
struct CryptoPunks: Sendable {
    struct Punk: Sendable {
        let attributes: [Attribute]
        /// A PNG file.
        let picture: ByteBuffer
        /// Quoted, as HTTP wants it.
        let entityTag: String
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    static let contract = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
    static let slug = "cryptopunks"
    /// Has the form of a CID; nothing of that name exists.
    static let folderCID = "QmStandinsCryptoPunksAreServedFromLoopbackHere"

    /// By token number.
    let punks: [Punk]

    private struct Listed: Decodable {
        let id: Int
        /// Pairs of trait and value.
        let attributes: [[String]]
    }

    /// Reads `punks.json` and `images/` below `folder`.
    ///
    /// Blocks.
    init(folder: String) throws {
        let list: [Listed]
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/punks.json"))
            list = try JSONDecoder().decode([Listed].self, from: data)
        } catch {
            throw Problem(
                description: "\(folder) holds no punks.json that can be read; run scripts/prepare-cryptopunks.py first."
            )
        }
        punks = try list.enumerated().map { index, listed in
            guard listed.id == index else {
                throw Problem(description: "\(folder)/punks.json must list the punks in order, from 0 on.")
            }
            guard let png = try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/images/\(index).png")) else {
                throw Problem(description: "\(folder)/images/\(index).png is missing; prepare the folder anew.")
            }
            let attributes = listed.attributes.filter { $0.count == 2 }.map { Attribute(trait: $0[0], value: $0[1]) }
            return Punk(
                attributes: attributes, picture: ByteBuffer(bytes: png), entityTag: "\"\(ContentHash(of: png).hex)\"")
        }
        guard !punks.isEmpty else { throw Problem(description: "\(folder)/punks.json lists no punks.") }
    }
}
