import Catalog
import Core

/// Decides from which lane the next item comes.
///
/// A pure value without I/O. Places (a host, a network of gateways) take turns and have a bounded number of items under
/// way, so that one slow host holds up nothing but its own items, however many of them stand in a row.
struct LaneTurns {
    enum Step: Equatable {
        /// It takes up room of the place until ``finished(_:)``.
        case item(PendingItem, place: MediaOrigin)
        /// Nothing is at hand of the lane that has the turn: call ``loaded(_:of:lastKey:isLast:)`` with its items after that key.
        case load(PendingLane, after: Int64)
        /// Every place has as much under way as it may.
        case wait
        /// All lanes were read to their ends.
        case exhausted
    }

    private struct Place {
        /// Lanes not read to their ends, the one that is read first.
        var lanes: [PendingLane]
        var next = 0
        var lastKey: Int64 = 0
        /// Items of the current lane, the next one at `head`.
        var items: [PendingItem] = []
        var head = 0
        var underWay = 0
        let most: Int
        var isInTurns = true

        var isExhausted: Bool { head == items.count && next == lanes.count }
    }

    private let most: Int
    private let mostOfAPlace: Int
    private var places: [MediaOrigin: Place] = [:]
    private var turns: [MediaOrigin] = []
    private var firstTurn = 0
    private var underWay = 0

    /// At most `most` items are under way, of one host a sixteenth of them, and at least 64.
    init(most: Int) {
        precondition(most > 0, "at least one item must be under way")
        self.most = most
        mostOfAPlace = min(most, max(64, most / 16))
    }

    /// Starts over with these lanes; what is under way stays counted.
    mutating func restart(_ lanes: [PendingLane]) {
        let before = places
        places = [:]
        turns = []
        firstTurn = 0
        for lane in lanes {
            if places[lane.place] == nil {
                var place = Place(lanes: [], most: bound(of: lane.place))
                place.underWay = before[lane.place]?.underWay ?? 0
                place.isInTurns = place.underWay < place.most
                places[lane.place] = place
                if place.isInTurns { turns.append(lane.place) }
            }
            places[lane.place]?.lanes.append(lane)
        }
        // Places without lanes are remembered until nothing of theirs is under way.
        for (origin, place) in before where place.underWay > 0 && places[origin] == nil {
            var rest = Place(lanes: [], most: place.most)
            rest.underWay = place.underWay
            rest.isInTurns = false
            places[origin] = rest
        }
    }

    /// How many items of a place may be under way.
    private func bound(of place: MediaOrigin) -> Int {
        switch place.kind {
        // Files are read faster than they are shrunk, and whole: more of them would only fill memory.
        case .file: min(most, 8)
        // Many hosts each.
        case .ipfs, .arweave, .gs: most
        case .http, .inline, .missing, .unsupported: mostOfAPlace
        }
    }

    mutating func next() -> Step {
        guard underWay < most else { return .wait }
        while firstTurn < turns.count {
            let origin = turns[firstTurn]
            guard var place = places[origin] else { preconditionFailure("every place with a turn is known") }
            if place.head < place.items.count {
                let item = place.items[place.head]
                place.head += 1
                place.underWay += 1
                underWay += 1
                takeTurn()
                place.isInTurns = place.underWay < place.most && !place.isExhausted
                if place.isInTurns { turns.append(origin) }
                places[origin] = place
                return .item(item, place: origin)
            }
            if place.next < place.lanes.count { return .load(place.lanes[place.next], after: place.lastKey) }
            takeTurn()
            place.isInTurns = false
            places[origin] = place
        }
        return places.values.allSatisfy(\.isExhausted) ? .exhausted : .wait
    }

    private mutating func takeTurn() {
        firstTurn += 1
        if firstTurn > 64, firstTurn * 2 > turns.count {
            turns.removeFirst(firstTurn)
            firstTurn = 0
        }
    }

    /// Takes what ``Step/load(_:after:)`` asked for; the last items of a lane are fewer than were asked for.
    mutating func loaded(_ items: [PendingItem], of lane: PendingLane, lastKey: Int64, isLast: Bool) {
        guard var place = places[lane.place] else { return }
        place.items = items
        place.head = 0
        place.lastKey = isLast ? 0 : lastKey
        if isLast { place.next += 1 }
        places[lane.place] = place
    }

    /// Gives back the room of an item that has left the stages behind.
    mutating func finished(_ origin: MediaOrigin) {
        guard var place = places[origin], place.underWay > 0 else { return }
        place.underWay -= 1
        underWay -= 1
        if !place.isInTurns, !place.isExhausted {
            place.isInTurns = true
            turns.append(origin)
        }
        places[origin] = place
        if place.underWay == 0, place.lanes.isEmpty { places[origin] = nil }
    }
}
