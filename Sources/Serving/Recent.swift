/// A value that is asked for on every page and changes slowly: fetched again when it is older than `lifetime`.
actor Recent<Value: Sendable> {
    private let lifetime: Duration
    private let fetch: @Sendable () async throws -> Value
    private var kept: (value: Value, since: ContinuousClock.Instant)?

    init(lifetime: Duration, fetch: @escaping @Sendable () async throws -> Value) {
        self.lifetime = lifetime
        self.fetch = fetch
    }

    var value: Value {
        get async throws {
            if let kept, ContinuousClock.now - kept.since < lifetime { return kept.value }
            let value = try await fetch()
            kept = (value, .now)
            return value
        }
    }
}
