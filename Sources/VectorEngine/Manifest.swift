/// Which files make up the index: the one file that is replaced atomically.
///
/// Text, so that a person can read it; the last line is the CRC-32C of all before it:
///
///     nftopia-vector-index 3
///     dimension 512
///     next 18
///     log 17
///     codebook 12 77aa01f0
///     measured 16384 2031
///     plan text default 96 200 15 400 350
///     segment 3 16384 9a3f10c2 - 00000000 0
///     codes 13 0c1fa9be
///     segment 9 16384 51b077ee 14 0badcafe 31
///     checksum 8c1d2e3f
///
/// What searches look at to reach a recall target stands in the lines that ``SearchPlans`` describes.
/// A segment's line has its number, its rows, the checksum of its header, and number, checksum and dead rows of its
/// tombstones; that of its codes, if it has any, follows with number and checksum.
struct Manifest: Sendable, Equatable {
    /// The newest version that this program knows; without codes version 1 is written, as before there were any, and
    /// without a line that says when plans were measured version 2.
    static let version = 3

    /// A file and the checksum of its header, which holds those of its contents.
    struct FileRecord: Sendable, Equatable {
        var number: Int
        var checksum: UInt32
    }

    struct Tombstones: Sendable, Equatable {
        var number: Int
        var checksum: UInt32
        var deadCount: Int
    }

    struct SegmentRecord: Sendable, Equatable {
        var number: Int
        var count: Int
        /// CRC-32C of the segment's header, which holds those of its contents.
        var checksum: UInt32
        var tombstones: Tombstones?
        var codes: FileRecord?

        /// The same segment, whatever belongs to it.
        func isSameSegment(as other: SegmentRecord) -> Bool { number == other.number && checksum == other.checksum }
    }

    var dimension: Int
    /// The number of the next file of any kind.
    var next: Int
    var log: Int
    var codebook: FileRecord?
    var plans = SearchPlans()
    var segments: [SegmentRecord]

    /// Gives out a number for a new file.
    mutating func takeNumber() -> Int {
        defer { next += 1 }
        return next
    }

    /// All files that belong to the index, itself left out.
    var fileNames: Set<String> {
        var names: Set<String> = [FileName.log(log)]
        if let codebook { names.insert(FileName.codebook(codebook.number)) }
        for segment in segments {
            names.insert(FileName.segment(segment.number))
            if let codes = segment.codes { names.insert(FileName.codes(codes.number)) }
            if let tombstones = segment.tombstones { names.insert(FileName.tombstones(tombstones.number)) }
        }
        return names
    }

    func encoded() -> [UInt8] {
        let version = codebook == nil ? 1 : plans.measuredCount == nil ? 2 : Self.version
        var text = "nftopia-vector-index \(version)\ndimension \(dimension)\nnext \(next)\nlog \(log)\n"
        if let codebook {
            text += "codebook \(codebook.number) \(Self.hex(codebook.checksum))\n"
            for line in plans.lines { text += line + "\n" }
        }
        for segment in segments {
            text += "segment \(segment.number) \(segment.count) \(Self.hex(segment.checksum))"
            if let dead = segment.tombstones {
                text += " \(dead.number) \(Self.hex(dead.checksum)) \(dead.deadCount)\n"
            } else {
                text += " - \(Self.hex(0)) 0\n"
            }
            if let codes = segment.codes { text += "codes \(codes.number) \(Self.hex(codes.checksum))\n" }
        }
        text += "checksum \(Self.hex(Checksum.of(text.utf8)))\n"
        return Array(text.utf8)
    }

    /// Reads what ``encoded()`` wrote.
    init(decoding bytes: [UInt8]) throws(VectorError) {
        let lastLineLength = "checksum 00000000\n".utf8.count
        guard bytes.count > lastLineLength else { throw Self.damaged("it is too short") }
        let body = bytes.dropLast(lastLineLength)
        let expected = "checksum \(Self.hex(Checksum.of(body)))\n"
        guard body.last == 0x0A, Array(bytes.suffix(lastLineLength)) == Array(expected.utf8) else {
            throw Self.damaged("its checksum is wrong")
        }
        var lines = String(decoding: body, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }[...]
        let version = try Self.take("nftopia-vector-index", from: &lines)
        guard (1...Self.version).contains(version) else { throw VectorError.newer(FileName.manifest, version: version) }
        dimension = try Self.take("dimension", from: &lines)
        next = try Self.take("next", from: &lines)
        log = try Self.take("log", from: &lines)
        segments = []
        for line in lines {
            if line.count == 3, line[0] != "measured", version > 1, let number = Int(line[1]),
                let checksum = UInt32(line[2], radix: 16)
            {
                let record = FileRecord(number: number, checksum: checksum)
                if line[0] == "codebook", codebook == nil, segments.isEmpty {
                    codebook = record
                } else if line[0] == "codes", codebook != nil, let last = segments.indices.last,
                    segments[last].codes == nil
                {
                    segments[last].codes = record
                } else {
                    throw Self.damaged("a line makes no sense")
                }
                continue
            }
            if line.first == "plan" || line.first == "measured", codebook != nil {
                guard plans.take(line) else { throw Self.damaged("a plan makes no sense") }
                continue
            }
            guard line.count == 7, line[0] == "segment", let number = Int(line[1]), let count = Int(line[2]),
                let checksum = UInt32(line[3], radix: 16), let deadChecksum = UInt32(line[5], radix: 16),
                let deadCount = Int(line[6]), count > 0, count <= Segment.maximumCount
            else { throw Self.damaged("a segment's line makes no sense") }
            let tombstones = Int(line[4]).map {
                Tombstones(number: $0, checksum: deadChecksum, deadCount: deadCount)
            }
            segments.append(
                SegmentRecord(number: number, count: count, checksum: checksum, tombstones: tombstones))
        }
        guard SegmentedIndex.supportedDimensions.contains(dimension), next > log, log > 0 else {
            throw Self.damaged("its numbers make no sense")
        }
    }

    init(dimension: Int, log: Int) {
        self.dimension = dimension
        self.log = log
        next = log + 1
        segments = []
    }

    private static func take(_ key: String, from lines: inout ArraySlice<[Substring]>) throws(VectorError) -> Int {
        guard let line = lines.popFirst(), line.count == 2, line[0] == key, let value = Int(line[1]) else {
            throw damaged("the line \"\(key)\" is missing")
        }
        return value
    }

    private static func damaged(_ what: String) -> VectorError { .corrupt(FileName.manifest, what) }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
