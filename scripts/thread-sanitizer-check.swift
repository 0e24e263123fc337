// What scripts/sanitize.sh asks before it believes the thread sanitizer: with thread-sanitizer-swift.c beside it, it must
// report each of the races here and nothing of what is in order.

import Dispatch
import Synchronization

/// Memory without any order of its own.
final class Cell: @unchecked Sendable {
    var value = 0
}

final class Lists: Sendable {
    let values = Mutex<[Int]>([])
    let other = Mutex(0)
    let cell = Mutex(Cell())
}

let rounds = 20_000
let lists = Lists()
let cell = Cell()

/// Long enough for the other thread to come and wait.
func work() { for _ in 0..<200 { blackHole.wrappingAdd(1, ordering: .relaxed) } }
let blackHole = Atomic(0)

/// Not inlined: of a loop that holds the value in a register the sanitizer sees one access.
@inline(never) func touch(_ cell: Cell) { cell.value &+= 1 }
let arrived = Atomic(0)

/// Runs `body` on two threads at a time, each with its number; once a program.
func together(_ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for number in 0..<2 {
        DispatchQueue(label: "\(number)").async(group: group) {
            // Relaxed: an order of the two would hide what they do before.
            arrived.wrappingAdd(1, ordering: .relaxed)
            while arrived.load(ordering: .relaxed) < 2 {}
            for _ in 0..<rounds { body(number) }
        }
    }
    group.wait()
}

let cases: [String: @Sendable () -> Void] = [
    // Both threads wait for the lock again and again.
    "mutex": {
        together { _ in
            lists.values.withLock { values in
                values.append(values.count)
                work()
                if values.count > 100 { values = [] }
            }
        }
    },
    // One takes a copy, reads it without the lock and gives it up; the other then writes to it in place.
    "copies": {
        together { number in
            work()
            guard number == 0 else { return lists.values.withLock { $0.append(1) } }
            let copy = lists.values.withLock { values in
                if values.count > 100 { values = [] }
                return values
            }
            blackHole.wrappingAdd(copy.reduce(0, &+), ordering: .relaxed)
        }
    },
    // Whichever gives it up last frees it.
    "objects": {
        together { number in
            work()
            let mine = lists.cell.withLock { cell in
                if number == 0 { cell = Cell() }
                return cell
            }
            blackHole.wrappingAdd(mine.value, ordering: .relaxed)
        }
    },
    "race": {
        together { _ in
            work()
            touch(cell)
        }
    },
    // Two threads that wait for locks, but not for the same.
    "race-mutexes": {
        together { number in
            lists.values.withLock { _ in work() }
            if number == 0 {
                lists.values.withLock { _ in touch(cell) }
            } else {
                lists.other.withLock { _ in touch(cell) }
            }
        }
    },
    // An object that both use and give up, and write to without a lock.
    "race-objects": {
        let cells = [cell, Cell()]
        together { _ in
            let mine = cells[0]
            work()
            touch(mine)
        }
    },
]
guard CommandLine.arguments.count == 2, let run = cases[CommandLine.arguments[1]] else {
    fatalError("say one of \(cases.keys.sorted())")
}
run()
