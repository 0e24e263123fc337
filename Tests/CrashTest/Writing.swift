import Foundation
import VectorEngine

/// Random changes one after the other, and beside them all that takes long: training, recoding, compaction.
struct Writing {
    private let directory: String
    private let journal: Journal

    init(_ directory: String, _ journal: Journal) {
        self.directory = directory
        self.journal = journal
    }

    /// `operations`: how many, nil to go on until the process is killed.
    func run(operations: Int?) throws {
        let index = try Load.open(directory, mode: .readWrite)
        let lines = journal.append()
        let beside = Thread { Self.workForEver(index, lines) }
        beside.start()
        var generator = SystemRandomNumberGenerator()
        var count = 0
        while operations.map({ count < $0 }) ?? true {
            count += 1
            let operation = Self.operation(using: &generator)
            lines.write(operation.text)
            do throws(VectorError) {
                switch operation {
                case .upsert(let ids, let version): try index.upsert(Load.entries(ids, version: version))
                case .delete(let ids): try index.delete(Array(ids))
                }
                lines.write("done")
            } catch {
                lines.write("refused \(error.code)")
                if error.code == .closed { exit(0) }
            }
        }
        // The end of the process is as good as a kill.
        exit(0)
    }

    private static func operation(using generator: inout some RandomNumberGenerator) -> Operation {
        let length = UInt64.random(in: 1...Load.maximumBatch, using: &generator)
        let start = UInt64.random(in: 0..<(Load.idLimit - length), using: &generator)
        if Int.random(in: 0..<4, using: &generator) == 0 { return .delete(ids: start..<(start + length)) }
        return .upsert(ids: start..<(start + length), version: UInt64.random(in: 0..<1 << 32, using: &generator))
    }

    private static func workForEver(_ index: SegmentedIndex, _ lines: Journal.Appender) {
        while true {
            let work = ["training", "maintaining", "compacting"].randomElement() ?? "training"
            lines.write("work \(work)")
            do throws(VectorError) {
                switch work {
                case "training": try index.train()
                case "maintaining": try index.maintain()
                default: try index.compact()
                }
                lines.write("rest")
            } catch {
                // A full disk is one of the things that are tried: the next turn may have room.
                lines.write("rest \(error.code)")
            }
            Thread.sleep(forTimeInterval: .random(in: 0...0.2))
        }
    }
}
