import Core
import Foundation
import Testing

@testable import VectorEngine

/// Codes of other versions of the program.
@Suite struct CodeVersionTests {
    /// Changes the version in a file's header, with all checksums.
    private func write(version: UInt8, to suffix: String, in folder: TemporaryFolder) throws {
        let name = try folder.name(endingIn: suffix)
        var bytes = try folder.read(name)
        let old = Checksum.of(bytes[..<124])
        bytes[8] = version
        let new = Checksum.of(bytes[..<124])
        withUnsafeBytes(of: new.littleEndian) { bytes.replaceSubrange(124..<128, with: $0) }
        try folder.write(bytes, name)
        try folder.rewriteManifest { $0.replacingOccurrences(of: hex(old), with: hex(new)) }
    }

    @Test func `a codebook or codes of a newer program are left to it`() throws {
        for suffix in [".cbk", ".ivf"] {
            let folder = try TemporaryFolder()
            var world = CodedIndexTests.World(36, dimension: DamagedCodesTests.dimension)
            try DamagedCodesTests.fill(folder, &world)
            try write(version: 9, to: suffix, in: folder)
            #expect(code { _ = try DamagedCodesTests.open(folder) } == .unsupportedVersion)
            #expect(code { _ = try DamagedCodesTests.open(folder, mode: .readOnly) } == .unsupportedVersion)
        }
    }

    @Test func `codes of an earlier version are made anew, and until then everything is searched`() throws {
        let folder = try TemporaryFolder()
        var world = CodedIndexTests.World(39, dimension: DamagedCodesTests.dimension)
        try DamagedCodesTests.fill(folder, &world)
        let query = world.embedding()
        func exact(_ index: SegmentedIndex) throws -> [ScoredID] {
            try index.search(query, k: 5, allowing: nil, recall: .exact, kind: nil)
        }
        let before = try exact(DamagedCodesTests.open(folder, mode: .readOnly))
        try write(version: 1, to: ".ivf", in: folder)
        let reader = try DamagedCodesTests.open(folder, mode: .readOnly)
        #expect(reader.damagedCodes.map(\.what) == ["another version of nftopia laid it out in another way"])
        #expect(reader.damagedCodes.map(\.isOutdated) == [true])
        #expect(try reader.verify().isSound)
        #expect(try exact(reader) == before)
        let writer = try DamagedCodesTests.open(folder)
        #expect(writer.needsMaintenance)
        try writer.maintain()
        #expect(writer.damagedCodes.isEmpty)
        // Plans are measured anew, with what these codes find.
        #expect(!writer.plans.isEmpty)
        #expect(try writer.verify().isSound)
        #expect(try exact(writer) == before)
        writer.close()
    }
}
