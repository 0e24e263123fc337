import Glibc

// A fuzzer of one parser that strangers feed: libFuzzer's driver with the parser's name as the first argument.
//
//     fuzz uri CORPUS… [-max_total_time=600 …]
//
// Built by scripts/fuzz.sh only, with coverage and the address sanitizer.

guard CommandLine.arguments.count > 1, let parser = FuzzedParser(rawValue: CommandLine.arguments[1]) else {
    let names = FuzzedParser.allCases.map(\.rawValue).joined(separator: ", ")
    print("fuzz: name one of these parsers: \(names)")
    exit(2)
}
chosen = parser

// What follows the parser's name is libFuzzer's.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
arguments?.pointee = CommandLine.unsafeArgv[0]
exit(
    fuzzerRunDriver(&count, &arguments) { data, size in
        chosen.parse(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    })
