import Synchronization

/// What the embedding service did, in Prometheus' text format.
final class EmbeddingMetrics: Sendable {
    enum Kind: String, CaseIterable { case text, image }
    enum Rejection: String, CaseIterable { case queue, bytes }

    private static let sizes = [1.0, 2, 4, 8, 16, 32, 64]
    private static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

    private struct Histogram {
        let bounds: [Double]
        var counts: [Int]
        var sum = 0.0

        init(bounds: [Double]) {
            self.bounds = bounds
            counts = Array(repeating: 0, count: bounds.count + 1)
        }

        mutating func add(_ value: Double) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }

        func exposition(_ name: String, _ label: String) -> String {
            var text = ""
            var total = 0
            for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], counts) {
                total += count
                text += "\(name)_bucket{\(label),le=\"\(bound)\"} \(total)\n"
            }
            return text + "\(name)_sum{\(label)} \(sum)\n\(name)_count{\(label)} \(total)\n"
        }
    }

    private struct Tower {
        var embedded = 0
        var failed = 0
        var towerSeconds = 0.0
        var batches = Histogram(bounds: EmbeddingMetrics.sizes)
        var waits = Histogram(bounds: EmbeddingMetrics.seconds)
    }

    private struct State {
        var towers: [Kind: Tower] = [.text: Tower(), .image: Tower()]
        var rejected: [Rejection: Int] = [:]
    }

    private let state = Mutex(State())

    func ran(_ kind: Kind, count: Int, took: Duration) {
        state.withLock { state in
            state.towers[kind]?.batches.add(Double(count))
            state.towers[kind]?.towerSeconds += took / .seconds(1)
        }
    }

    func waited(_ kind: Kind, _ duration: Duration) {
        state.withLock { $0.towers[kind]?.waits.add(duration / .seconds(1)) }
    }

    func answered(_ kind: Kind, embedded: Int, failed: Int) {
        state.withLock { state in
            state.towers[kind]?.embedded += embedded
            state.towers[kind]?.failed += failed
        }
    }

    func rejected(_ reason: Rejection) { state.withLock { $0.rejected[reason, default: 0] += 1 } }

    /// All series; `waiting` are the inputs in line now.
    func exposition(waiting: [Kind: Int]) -> String {
        let state = state.withLock { $0 }
        var text = ""
        func family(_ name: String, _ type: String, _ help: String, _ line: (String, Kind) -> String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for kind in Kind.allCases { text += line(name, kind) }
        }
        func tower(_ kind: Kind) -> Tower { state.towers[kind] ?? Tower() }
        family("nftopia_embed_queue_length", "gauge", "Inputs that wait for a tower.") {
            "\($0){kind=\"\($1.rawValue)\"} \(waiting[$1] ?? 0)\n"
        }
        family("nftopia_embeddings_total", "counter", "Vectors given.") {
            "\($0){kind=\"\($1.rawValue)\"} \(tower($1).embedded)\n"
        }
        family("nftopia_embed_failures_total", "counter", "Inputs without a vector.") {
            "\($0){kind=\"\($1.rawValue)\"} \(tower($1).failed)\n"
        }
        family("nftopia_embed_tower_seconds_total", "counter", "Time of all runs.") {
            "\($0){kind=\"\($1.rawValue)\"} \(tower($1).towerSeconds)\n"
        }
        family("nftopia_embed_batch_size", "histogram", "Inputs of one run.") {
            tower($1).batches.exposition($0, "kind=\"\($1.rawValue)\"")
        }
        family("nftopia_embed_wait_seconds", "histogram", "Time of an input in line.") {
            tower($1).waits.exposition($0, "kind=\"\($1.rawValue)\"")
        }
        text += "# HELP nftopia_embed_rejected_total Requests that found no room.\n"
        text += "# TYPE nftopia_embed_rejected_total counter\n"
        for reason in Rejection.allCases {
            text += "nftopia_embed_rejected_total{reason=\"\(reason.rawValue)\"} \(state.rejected[reason] ?? 0)\n"
        }
        return text
    }
}
