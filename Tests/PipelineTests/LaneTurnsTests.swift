import Catalog
import Core
import Testing

@testable import Pipeline

@Suite struct LaneTurnsTests {
    private static func lane(_ collection: Int64, _ host: String, count: Int) -> PendingLane {
        PendingLane(
            collection: collection, origin: Int64(host.hashValue & 0xFFFF), place: MediaOrigin(kind: .http, host: host),
            count: count)
    }

    private static func item(_ key: Int64) -> PendingItem {
        PendingItem(
            key: key, id: ItemID(collection: "c", token: "\(key)"), kind: .list, origin: "x", mediaURIs: [],
            revision: 0)
    }

    /// A catalog of lanes that answers `.load`; keys are `collection * 1_000_000 + n`.
    private struct Shelf {
        let lanes: [PendingLane]

        func answer(_ turns: inout LaneTurns, _ lane: PendingLane, after key: Int64, page: Int) {
            let first = max(key + 1, lane.collection * 1_000_000)
            let end = lane.collection * 1_000_000 + Int64(lane.count)
            let items = (first..<max(first, min(end, first + Int64(page)))).map(LaneTurnsTests.item)
            turns.loaded(items, of: lane, lastKey: items.last?.key ?? key, isLast: items.count < page)
        }

        /// All steps until nothing more comes without anything finishing.
        func drain(_ turns: inout LaneTurns, page: Int = 64) -> (items: [(Int64, MediaOrigin)], end: LaneTurns.Step) {
            var items: [(Int64, MediaOrigin)] = []
            while true {
                switch turns.next() {
                case .item(let item, let place): items.append((item.key, place))
                case .load(let lane, let key): answer(&turns, lane, after: key, page: page)
                case .wait: return (items, .wait)
                case .exhausted: return (items, .exhausted)
                }
            }
        }
    }

    @Test func `a host with many items in a row leaves room for all others`() {
        let shelf = Shelf(lanes: [Self.lane(1, "slow", count: 5000), Self.lane(2, "a", count: 10)])
        var turns = LaneTurns(most: 1024)
        turns.restart(shelf.lanes)
        let (items, end) = shelf.drain(&turns)
        #expect(items.count { $0.1.host == "slow" } == 64)
        #expect(items.count { $0.1.host == "a" } == 10)
        #expect(end == .wait, "the slow one goes on when its items finish")
        #expect(items.prefix(4).map(\.1.host) == ["slow", "a", "slow", "a"], "places take turns")
    }

    @Test(arguments: [1, 7, 64, 1000])
    func `every item comes once, in the order of its lane`(page: Int) {
        let shelf = Shelf(
            lanes: (1...20).map { Self.lane(Int64($0), "h\($0 % 7)", count: ($0 * 37) % 130) })
        var turns = LaneTurns(most: 100)
        turns.restart(shelf.lanes)
        var seen: [Int64] = []
        var out: [MediaOrigin] = []
        var end = LaneTurns.Step.wait
        while end == .wait {
            let step = shelf.drain(&turns, page: page)
            seen += step.items.map(\.0)
            out += step.items.map(\.1)
            #expect(out.count <= 100)
            end = step.end
            // The newest half finishes first.
            for place in out.suffix(max(1, out.count / 2)) { turns.finished(place) }
            out.removeLast(max(min(1, out.count), out.count / 2))
        }
        #expect(seen.count == shelf.lanes.reduce(0) { $0 + $1.count })
        #expect(Set(seen).count == seen.count)
        for lane in shelf.lanes {
            let own = seen.filter { $0 / 1_000_000 == lane.collection }
            #expect(own == own.sorted())
        }
    }

    @Test func `what is under way counts after lanes are read anew`() {
        let shelf = Shelf(lanes: [Self.lane(1, "a", count: 200)])
        var turns = LaneTurns(most: 1024)
        turns.restart(shelf.lanes)
        #expect(shelf.drain(&turns).items.count == 64)
        turns.restart(shelf.lanes)
        #expect(shelf.drain(&turns).items.isEmpty)
        turns.finished(MediaOrigin(kind: .http, host: "a"))
        #expect(shelf.drain(&turns).items.count == 1)
    }

    @Test func `files are read a few at a time, gateways share all the room`() {
        let files = PendingLane(collection: 1, origin: 1, place: .file, count: 100)
        let gateways = PendingLane(collection: 2, origin: 2, place: MediaOrigin(kind: .ipfs), count: 2000)
        let shelf = Shelf(lanes: [files, gateways])
        var turns = LaneTurns(most: 1024)
        turns.restart(shelf.lanes)
        let items = shelf.drain(&turns).items
        #expect(items.count { $0.1 == MediaOrigin.file } == 8)
        #expect(items.count == 1024)
    }
}
