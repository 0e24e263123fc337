import Core
import Foundation
import Testing

@testable import VectorEngine

/// Measuring an index by itself, and what an index does about itself.
@Suite struct RecallTests {
    private let dimension = 64

    private func open(_ folder: TemporaryFolder, isAutomatic: Bool = false) throws -> SegmentedIndex {
        var options = SegmentedIndex.Options()
        options.recall = .balanced
        options.codes.minimumCount = 2000
        options.codes.listCount = 32
        options.codes.isAutomatic = isAutomatic
        options.codes.measuredQueries = 40
        return try SegmentedIndex.open(at: folder.path, dimension: dimension, mode: .readWrite, options: options)
    }

    private func filled(_ folder: TemporaryFolder) throws -> SegmentedIndex {
        let index = try open(folder)
        var world = CodedIndexTests.World(21, dimension: dimension)
        try index.upsert(world.entries(0..<3000))
        return index
    }

    @Test func `each target is measured for each kind of query`() throws {
        let folder = try TemporaryFolder()
        let index = try filled(folder)
        #expect(index.codeStatistics == nil)
        #expect(try index.measureRecall(queries: 30, kinds: [.text, .picture]).isEmpty)
        try index.maintain()
        let codes = try #require(index.codeStatistics)
        #expect(codes.codedCount == 3000 && codes.trainedCount == 3000 && codes.hasPlans)
        // 64 components are no more than 64 axes of 4 bits.
        #expect(codes.codeLength == 32)
        let figures = try index.measureRecall(queries: 30, kinds: [.text, .picture])
        #expect(figures.map(\.target) == [.fast, .balanced, .high, .fast, .balanced, .high])
        #expect(figures.map(\.source) == [.madeUp, .madeUp, .madeUp, .sampled, .sampled, .sampled])
        for figure in figures {
            #expect(figure.queryCount == 30 && figure.recall > 0.85 && figure.recall <= 1)
            #expect(figure.p50 <= figure.p99)
        }
    }

    @Test func `a plan that looks at too little is told on`() throws {
        let folder = try TemporaryFolder()
        let index = try filled(folder)
        try index.maintain()
        var plans = SearchPlans()
        for kind in QueryKind.allCases {
            for target in RecallTarget.allCases {
                plans.plans[kind, default: [:]][target] = SearchPlan(lists: 1, candidates: 1, finalists: 1)
            }
        }
        let poor = plans
        try index.change { (writer) throws(VectorError) in try writer.adopt(poor) }
        let figures = try index.measureRecall(queries: 40, kinds: [.text])
        #expect(figures.allSatisfy { $0.isTooLow })
        try index.train()
        #expect(try index.measureRecall(queries: 40, kinds: [.text]).allSatisfy { !$0.isTooLow })
    }

    @Test func `queries of people are measured with when there are enough of them`() throws {
        let folder = try TemporaryFolder()
        let index = try filled(folder)
        let log = QueryLog(directory: folder.path, dimension: dimension)
        var world = CodedIndexTests.World(22, dimension: dimension)
        for _ in 0..<MeasuredQueries.leastLogged - 1 { log.record(world.embedding(), kind: .text) }
        log.close()
        try index.train()
        let before = index.plans
        #expect(try index.measureRecall(queries: 20, kinds: [.text]).allSatisfy { $0.source == .madeUp })
        log.record(world.embedding(), kind: .text)
        log.close()
        #expect(try index.measureRecall(queries: 20, kinds: [.text]).allSatisfy { $0.source == .logged })
        #expect(try index.measureRecall(queries: 20, kinds: [.picture]).allSatisfy { $0.source == .sampled })
        try index.train()
        // Queries that lie among the vectors need less than made-up texts, which lie apart.
        #expect(index.plans[.text] != before[.text])
        #expect(index.plans[.picture] == before[.picture])
        try folder.write([1, 2, 3], QuerySample.fileName)
        try index.train()
        #expect(index.plans == before)
        #expect(try index.verify().problems.map(\.file) == [QuerySample.fileName])
    }

    @Test func `plans that a kill left unmeasured are measured the next time`() throws {
        let folder = try TemporaryFolder()
        let index = try filled(folder)
        try index.maintain()
        let (plans, codebook) = (index.plans, index.snapshot.codebookRecord)
        try index.change { (writer) throws(VectorError) in try writer.adopt(SearchPlans()) }
        #expect(index.needsMaintenance)
        try index.maintain()
        #expect(index.plans == plans && index.snapshot.codebookRecord == codebook)
        #expect(!index.needsMaintenance)
    }

    @Test func `training that is stopped leaves the index as it was`() throws {
        let folder = try TemporaryFolder()
        let index = try filled(folder)
        index.stopMaintenance()
        #expect(code { try index.maintain() } == .stopped)
        #expect(try folder.names.allSatisfy { !$0.hasSuffix(".ivf") && !$0.hasSuffix(".cbk") })
        var world = CodedIndexTests.World(23, dimension: dimension)
        try index.upsert(world.entries(3000..<3100))
        #expect(index.count == 3100)
        index.close()
        let again = try open(folder)
        try again.maintain()
        #expect(again.codeStatistics != nil && again.count == 3100)
    }

    @Test func `waiting for what runs in the background ends with codes`() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, isAutomatic: true)
        var world = CodedIndexTests.World(24, dimension: dimension)
        try index.upsert(world.entries(0..<3000))
        try index.maintain()
        #expect(!index.needsMaintenance)
        #expect(index.codeStatistics?.hasPlans == true)
    }
}
