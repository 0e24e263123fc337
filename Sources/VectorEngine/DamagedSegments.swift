internal import Synchronization

/// Segments whose vectors were found damaged while they were read: no merge of this process takes them again.
///
/// So the others can be merged, and `verify` still names these.
final class DamagedSegments: Sendable {
    /// By number.
    private let problems = Mutex<[Int: IndexVerification.Problem]>([:])

    func add(_ segment: Segment, _ error: VectorError) {
        let number = segment.record.number
        problems.withLock { $0[number] = .init(error, file: FileName.segment(number)) }
    }

    /// Those of a snapshot, as far as they are known.
    func problems(of snapshot: Snapshot) -> [IndexVerification.Problem] {
        let problems = problems.withLock(\.self)
        return snapshot.parts.compactMap { problems[$0.segment.record.number] }
    }

    /// The parts of a snapshot that are not known to be damaged.
    func soundParts(of snapshot: Snapshot) -> [Int] {
        let problems = problems.withLock(\.self)
        return snapshot.parts.indices.filter { problems[snapshot.parts[$0].segment.record.number] == nil }
    }
}

extension SegmentedIndex {
    /// Segments whose vectors a merge has found damaged since the index was opened; they stay as they are.
    package var damagedSegments: [IndexVerification.Problem] { damaged.problems(of: snapshot) }

    /// The parts to train on: damaged vectors say nothing of others, unless without them too few are left.
    func partsToTrain(on snapshot: Snapshot) -> [Int] {
        let sound = damaged.soundParts(of: snapshot)
        let count = sound.reduce(0) { $0 + snapshot.parts[$1].liveCount }
        let total = snapshot.parts.reduce(0) { $0 + $1.liveCount }
        // Far fewer than there are would look like an index that has grown since.
        let isEnough = count >= CodebookTraining.minimumCount && 4 * count >= 3 * total
        return isEnough ? sound : Array(snapshot.parts.indices)
    }
}
