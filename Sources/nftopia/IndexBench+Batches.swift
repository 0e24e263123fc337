import Core
import VectorEngine

// MARK: - Many queries in one call

extension IndexBench {
    func measureBatches(_ index: FlatIndex) throws -> [IndexBenchReport.Batch] { [] }
}
