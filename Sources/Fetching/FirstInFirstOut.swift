/// A line: elements leave it in the order of their coming.
struct FirstInFirstOut<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Complexity: constant on average.
    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head > 32, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Complexity: linear.
    mutating func removeFirst(where isWanted: (Element) -> Bool) -> Element? {
        let found = elements[head...].firstIndex { element in element.map(isWanted) ?? false }
        return found.flatMap { elements.remove(at: $0) }
    }
}
