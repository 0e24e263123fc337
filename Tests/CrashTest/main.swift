import Core
import Foundation
import VectorEngine

// Writes to an index until it is killed, and compares what is left with what was acknowledged:
//
//     crashtest write INDEX JOURNAL [OPERATIONS]
//     crashtest check INDEX JOURNAL
//
// `check` prints one line of JSON and ends with status 1 when anything is not as it must be.

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 3, let command = arguments.first else {
    fail("usage: crashtest write|check INDEX JOURNAL [OPERATIONS]")
}
let (directory, journal) = (arguments[2], Journal(path: arguments[3]))
do {
    switch command {
    case "write": try Writing(directory, journal).run(operations: arguments.dropFirst(3).first.flatMap { Int($0) })
    case "check": try Checking(directory, journal).run()
    default: fail("\(command) is neither write nor check.")
    }
} catch {
    fail("\(error)")
}
