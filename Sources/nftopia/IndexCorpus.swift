import ArgumentParser
import Core
import Foundation
import VectorEngine

/// Vectors, queries and the ten true hits of each query, as `Benchmarks/clip_like_vectors.py` writes them.
struct IndexCorpus {
    let base: NumPyMatrix
    private let queryRows: NumPyMatrix
    private let truth: NumPyMatrix

    init(folder: String) throws {
        base = try NumPyMatrix(folder + "/base.npy", kind: .float32)
        queryRows = try NumPyMatrix(folder + "/queries.npy", kind: .float32)
        truth = try NumPyMatrix(folder + "/gt.npy", kind: .int32)
        guard queryRows.columns == base.columns, truth.rows == queryRows.rows, truth.columns == 10 else {
            throw ValidationError("base.npy, queries.npy and gt.npy do not belong together.")
        }
    }

    func vector(_ row: Int) -> Embedding { Embedding(unitLength: base.floats(row)) }

    /// A vector that is not in the corpus but spreads as those do: one, and a third of the way from a second to a third.
    ///
    /// `number`: the same number gives the same vector.
    func madeVector(_ number: Int) -> Embedding {
        let start = base.floats(number.multipliedFully(by: 7919, below: base.rows))
        let from = base.floats(number.multipliedFully(by: 104_729, below: base.rows))
        let to = base.floats(number.multipliedFully(by: 1_299_709, below: base.rows))
        let values = start.indices.map { start[$0] + (to[$0] - from[$0]) / 3 }
        return Embedding(normalizing: values) ?? Embedding(unitLength: start)
    }

    /// The queries of a kind: the first half are like pictures, the second like texts.
    func queries(_ kind: QueryKind) -> [Embedding] {
        rows(kind).map { Embedding(unitLength: queryRows.floats($0)) }
    }

    /// The ten true hits of each query of a kind.
    func hits(_ kind: QueryKind) -> [Set<UInt64>] {
        rows(kind).map { Set(truth.integers($0).map { UInt64($0) }) }
    }

    private func rows(_ kind: QueryKind) -> Range<Int> {
        let half = queryRows.rows / 2
        return kind == .picture ? 0..<half : half..<(2 * half)
    }

    /// The ids that a filter lets pass, scattered; `Benchmarks/index_peers.py` takes the same.
    func passing(_ share: Double) -> IDSet {
        let limit = UInt64(share * 0x1p32)
        return IDSet((0..<UInt64(base.rows)).filter { ($0 &* 2_654_435_761) & 0xFFFF_FFFF < limit })
    }
}

extension Int {
    /// This number times `factor`, as a remainder.
    fileprivate func multipliedFully(by factor: Int, below limit: Int) -> Int { (self &* factor &+ factor) % limit }
}
