/// All vectors at one moment; never changes, so that searches need no lock.
struct Snapshot: Sendable {
    /// A segment and which of its rows are dead.
    struct Part: Sendable {
        let segment: Segment
        let codes: CodeSegment?
        private(set) var dead: Bitmap?

        init(segment: Segment, codes: CodeSegment? = nil, dead: Bitmap? = nil) {
            self.segment = segment
            self.codes = codes
            self.dead = dead
        }

        var liveCount: Int { segment.count - deadCount }
        var deadCount: Int { dead?.count ?? 0 }

        func isLive(_ row: Int) -> Bool { dead.map { !$0[row] } ?? true }

        mutating func kill(_ row: Int) {
            if dead == nil { dead = Bitmap(capacity: segment.count) }
            dead?.insert(row)
        }

        /// The live row of an id.
        func find(_ id: UInt64) -> Int? {
            guard let row = segment.find(id), isLive(row) else { return nil }
            return row
        }
    }

    /// What the codes of all parts and of the head mean; nil while there are none.
    var codebook: Codebook? { head.codebook }
    let codebookRecord: Manifest.FileRecord?
    var plans = SearchPlans()
    var parts: [Part]
    var head: Head
    /// Files of codes that the manifest names and that cannot be used; what they describe is searched exactly.
    var damage: [IndexVerification.Problem] = []

    /// Whether there are to be codes, but nothing says what they mean.
    var isCodebookDamaged: Bool { codebook == nil && codebookRecord != nil }

    var count: Int { parts.reduce(head.liveCount) { $0 + $1.liveCount } }

    /// Where the live vector of an id stands.
    func find(_ id: UInt64) -> RowPlace? {
        for (index, part) in parts.enumerated() {
            if let row = part.find(id) { return RowPlace(id: id, part: Int32(index), row: Int32(row)) }
        }
        return head.find(id).map { RowPlace(id: id, part: -1, row: Int32($0)) }
    }

    func row(_ place: RowPlace) -> UnsafePointer<UInt16> {
        place.part < 0 ? head.row(Int(place.row)) : parts[Int(place.part)].segment.row(Int(place.row))
    }

    /// What rounding the row lost.
    func correction(_ place: RowPlace) -> Correction {
        place.part < 0
            ? head.correction(Int(place.row)) : parts[Int(place.part)].segment.correction(Int(place.row))
    }

    /// The vector as exactly as it is kept; `target`: as long as vectors are.
    func copy(_ place: RowPlace, into target: UnsafeMutableBufferPointer<Float>, kernel: Kernel) {
        kernel.widen(row(place), correction: correction(place), into: target)
    }

    /// The live rows of some parts and of the head, ascending by id.
    ///
    /// Complexity: O(n log n), 16 bytes a row.
    func livePlaces(parts indices: some Sequence<Int>, includingHead: Bool) -> [RowPlace] {
        var places: [RowPlace] = []
        for index in indices {
            let part = parts[index]
            places.reserveCapacity(places.count + part.liveCount)
            for (row, id) in part.segment.ids.enumerated() where part.isLive(row) {
                places.append(RowPlace(id: id, part: Int32(index), row: Int32(row)))
            }
        }
        if includingHead {
            for row in 0..<head.count where !head.dead[row] {
                places.append(RowPlace(id: head.id(row), part: -1, row: Int32(row)))
            }
        }
        return places.sorted { $0.id < $1.id }
    }
}
