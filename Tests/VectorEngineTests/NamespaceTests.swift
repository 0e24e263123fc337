import Core
import Foundation
import Testing

@testable import VectorEngine

@Suite struct NamespaceTests {
    private let dimension = 8

    private func open(
        _ folder: TemporaryFolder, mode: SegmentedIndex.Mode = .readWrite, maximumOpen: Int = 64
    ) throws -> IndexNamespaces {
        try IndexNamespaces(at: folder.path, dimension: dimension, mode: mode, maximumOpen: maximumOpen)
    }

    private static let hostileNames = [
        "a", "A", "../../etc/passwd", "/", ".", "..", "a/b", "a\\b", "con", "LOCK", "MANIFEST", "namespaces", " ", "\n",
        "\0", "é", "e\u{301}", "猫", "🏴‍☠️", "\u{202E}txt", String(repeating: "x", count: 512),
        String(repeating: "🦊", count: 512), "%2e%2e%2f", "a.deleted",
    ]

    @Test func `any name is a namespace of its own, and nothing leaves the folder`() throws {
        let folder = try TemporaryFolder()
        let root = folder.file("index")
        let namespaces = try IndexNamespaces(at: root, dimension: dimension, mode: .readWrite)
        #expect(try namespaces.names().isEmpty)
        var generator = SeededGenerator(51)
        for (number, name) in Self.hostileNames.enumerated() {
            #expect(try namespaces.create(name))
            #expect(try !namespaces.create(name))
            let entries = generator.entries([UInt64(number)], dimension: dimension)
            try namespaces.withIndex(name) { try $0.upsert(entries) }
        }
        let expected = Self.hostileNames.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(try namespaces.names().map { Array($0.utf8) } == expected)
        for (number, name) in Self.hostileNames.enumerated() {
            #expect(try namespaces.withIndex(name) { $0.ids() } == [UInt64(number)])
            #expect(try namespaces.statistics(of: name).vectorCount == 1)
        }
        #expect(try folder.names == ["index"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: root) == ["namespaces"])
        let folders = try FileManager.default.contentsOfDirectory(atPath: root + "/namespaces")
        #expect(Set(folders.map { $0.lowercased() }).count == Self.hostileNames.count)
        #expect(folders.allSatisfy { $0.utf8.count == 64 })
        let long = String(repeating: "x", count: 513)
        #expect(code { try namespaces.create(long) } == .invalidArgument)
        #expect(code { try namespaces.withIndex(long) { _ in } } == .invalidArgument)
    }

    @Test func `an index of before is the default namespace, and stays one`() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(52)
        let old = try VectorEngineTests.open(folder, dimension: dimension)
        try old.upsert(generator.entries(0..<10, dimension: dimension))
        old.close()
        let namespaces = try open(folder)
        #expect(try namespaces.names() == [""])
        #expect(try !namespaces.create(""))
        try namespaces.create("other")
        let entries = generator.entries(100..<103, dimension: dimension)
        try namespaces.withIndex("other") { try $0.upsert(entries) }
        try namespaces.withIndex("") { index in
            #expect(index.ids() == Array(0..<10))
            try index.delete([3])
            try index.compact()
            #expect(try index.verify().isSound)
        }
        #expect(code { try namespaces.delete("") } == .invalidArgument)
        namespaces.close()
        #expect(code { try namespaces.withIndex("") { _ in } } == .closed)
        #expect(try VectorEngineTests.open(folder, dimension: dimension).count == 9)
        #expect(try open(folder, mode: .readOnly).withIndex("other") { $0.ids() } == [100, 101, 102])
    }

    @Test func `what is not there is not made by asking`() throws {
        let folder = try TemporaryFolder()
        for mode in [SegmentedIndex.Mode.readWrite, .readOnly] {
            let namespaces = try open(folder, mode: mode)
            #expect(code { try namespaces.withIndex("a") { _ in } } == .notFound)
            #expect(code { try namespaces.withIndex("") { _ in } } == .notFound)
            #expect(code { _ = try namespaces.statistics(of: "a") } == .notFound)
        }
        #expect(try folder.names.isEmpty)
        #expect(try !open(folder).delete("a"))
        let reader = try open(folder, mode: .readOnly)
        #expect(code { try reader.create("a") } == .notWritable)
        #expect(code { try reader.delete("a") } == .notWritable)
    }

    @Test func `a deleted namespace is gone for all, and its name is free`() throws {
        let folder = try TemporaryFolder()
        let (namespaces, reader) = (try open(folder), try open(folder, mode: .readOnly))
        var generator = SeededGenerator(53)
        let entries = generator.entries(0..<5, dimension: dimension)
        try namespaces.create("a")
        try namespaces.create("b")
        try namespaces.withIndex("a") { index in
            try index.upsert(entries)
            #expect(try reader.withIndex("a") { $0.count } == 5)
            #expect(try namespaces.delete("a"))
            // Who has it searches on and writes no more.
            #expect(try index.search(entries[2].embedding, k: 1).map(\.id) == [2])
            #expect(code { try index.upsert(entries) } == .closed)
        }
        #expect(try namespaces.names() == ["b"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("namespaces")).count == 1)
        #expect(code { try reader.withIndex("a") { _ in } } == .notFound)
        #expect(try namespaces.create("a"))
        #expect(try namespaces.withIndex("a") { $0.count } == 0)
        #expect(try reader.withIndex("a") { $0.count } == 0)
    }

    @Test func `a namespace that another program writes to is not deleted`() throws {
        let folder = try TemporaryFolder()
        let (ours, theirs) = (try open(folder), try open(folder))
        try theirs.create("a")
        #expect(code { try ours.delete("a") } == .inUse)
        #expect(code { try ours.withIndex("a") { _ in } } == .inUse)
        theirs.close()
        #expect(try ours.delete("a"))
    }

    @Test func `a kill at any step of making or deleting leaves all or nothing`() throws {
        let folder = try TemporaryFolder()
        let namespaces = try open(folder)
        try namespaces.create("a")
        try namespaces.create("b")
        namespaces.close()
        let a = try NamespaceFolder("a", in: folder.path).path
        // Killed after the name was written, before the index was there: not a namespace, until it is made again.
        let manifest = try Data(contentsOf: URL(fileURLWithPath: a + "/MANIFEST"))
        try FileManager.default.removeItem(atPath: a + "/MANIFEST")
        let again = try open(folder)
        #expect(try again.names() == ["b"])
        #expect(code { try again.withIndex("a") { _ in } } == .notFound)
        #expect(try again.create("a"))
        #expect(try again.names() == ["a", "b"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: a + "/MANIFEST")) == manifest)
        again.close()
        // Killed while files were removed.
        try FileManager.default.moveItem(atPath: a, toPath: a + ".deleted")
        try FileManager.default.removeItem(atPath: a + ".deleted/NAME")
        #expect(try open(folder, mode: .readOnly).names() == ["b"])
        #expect(try open(folder).names() == ["b"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("namespaces")).count == 1)
        // A lost or wrong name is said.
        let b = try NamespaceFolder("b", in: folder.path).path
        try Data("c".utf8).write(to: URL(fileURLWithPath: b + "/NAME"))
        #expect(code { _ = try open(folder).names() } == .corrupt)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [0, 3, 64])
    func `few indexes stay open, however many are used at once`(maximumOpen: Int) async throws {
        let folder = try TemporaryFolder()
        let namespaces = try open(folder, maximumOpen: maximumOpen)
        let names = (0..<12).map { "namespace \($0)" }
        for name in names { try namespaces.create(name) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var generator = SeededGenerator(UInt64(60 + task))
                    for round in 0..<60 {
                        let name = names[Int(generator.next() % 12)]
                        let entries = generator.entries([UInt64(task * 1000 + round)], dimension: 8)
                        try namespaces.withIndex(name) { index in
                            try index.upsert(entries)
                            #expect(index.contains(entries[0].id))
                        }
                        if round % 20 == 19 {
                            try namespaces.create("passing \(task)")
                            try namespaces.delete("passing \(task)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(namespaces.openCount <= maximumOpen)
        #expect(namespaces.rememberedCount == namespaces.openCount)
        #expect(try names.reduce(0) { $0 + (try namespaces.statistics(of: $1).vectorCount) } == 240)
        #expect(try namespaces.names() == names.sorted())
        for name in names { #expect(try namespaces.withIndex(name) { try $0.verify().isSound }) }
    }
}
