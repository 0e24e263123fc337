/// The k best hits of those offered so far: a binary heap with the worst of them on top.
struct BestHits {
    private var heap: [ScoredID] = []
    private let capacity: Int

    /// `capacity`: at least one.
    init(capacity: Int) {
        self.capacity = capacity
        heap.reserveCapacity(capacity)
    }

    /// The hit that a better one would replace; nil while there is room.
    var worst: ScoredID? { heap.count == capacity ? heap.first : nil }

    mutating func offer(_ hit: ScoredID) {
        if heap.count < capacity {
            heap.append(hit)
            siftUp()
        } else if ScoredID.isBetter(hit, heap[0]) {
            heap[0] = hit
            siftDown()
        }
    }

    /// Best first.
    func sorted() -> [ScoredID] { heap.sorted(by: ScoredID.isBetter) }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard ScoredID.isBetter(heap[parent], heap[child]) else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var worst = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if ScoredID.isBetter(heap[worst], heap[child]) { worst = child }
            }
            guard worst != parent else { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
