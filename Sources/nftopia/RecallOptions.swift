import ArgumentParser
import VectorEngine

/// How thorough searches are.
struct RecallOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many of the true best hits a search in a large library finds: 90 (fast), 95 (default), 99 (high) or all (exact) of 100.",
            valueName: "target"))
    var recall = RecallTarget.balanced
}

extension RecallTarget: ExpressibleByArgument {}
extension QueryKind: ExpressibleByArgument {}
