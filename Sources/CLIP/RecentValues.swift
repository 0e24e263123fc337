/// A dictionary that forgets what was not asked for the longest time.
///
/// Complexity: lookups O(1), insertions into a full one O(capacity); meant for some hundred entries.
struct RecentValues<Key: Hashable, Value> {
    private var entries: [Key: (value: Value, stamp: UInt64)] = [:]
    private var clock: UInt64 = 0
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }

    /// The value of `key`, which then counts as just used.
    mutating func value(for key: Key) -> Value? {
        guard let entry = entries[key] else { return nil }
        clock += 1
        entries[key] = (entry.value, clock)
        return entry.value
    }

    mutating func insert(_ value: Value, for key: Key) {
        guard capacity > 0 else { return }
        clock += 1
        if entries[key] == nil, entries.count >= capacity,
            let oldest = entries.min(by: { $0.value.stamp < $1.value.stamp })
        {
            entries[oldest.key] = nil
        }
        entries[key] = (value, clock)
    }
}
