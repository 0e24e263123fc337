extension Sequence where Element: Sendable, Self: Sendable {
    /// Runs `body` for every element, at most `width` at a time, and returns when all have ended.
    ///
    /// Throws: the first error that `body` throws, after the others were cancelled and awaited.
    package func forEachConcurrently(
        width: Int, _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        precondition(width > 0, "at least one task must run")
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for element in self {
                if running == width {
                    try await group.next()
                    running -= 1
                }
                try Task.checkCancellation()
                group.addTask { try await body(element) }
                running += 1
            }
            try await group.waitForAll()
        }
    }
}
