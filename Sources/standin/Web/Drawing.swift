/// SVG drawings: one as it should be, and those that want more than to be drawn.
enum Drawing {
    private static let start = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
    private static let sun =
        "<rect width=\"96\" height=\"96\" fill=\"#c03\"/><circle cx=\"48\" cy=\"48\" r=\"30\" fill=\"#fc0\"/>"

    private static func framed(_ content: String, prologue: String = "") -> [UInt8] {
        Array("\(prologue)\(start)width=\"96\" height=\"96\">\(sun)\(content)</svg>".utf8)
    }

    static func plain(number: Int) -> [UInt8] {
        framed("<text x=\"8\" y=\"90\" font-size=\"14\" fill=\"#fff\">\(number)</text>")
    }

    /// `canary` is an address that nobody must ever ask for.
    static func hostile(_ kind: WebKind, canary: String) -> [UInt8] {
        switch kind {
        case .drawingHuge: Array("\(start)width=\"1000000000\" height=\"1000000000\">\(sun)</svg>".utf8)
        case .drawingLaughs: laughs
        case .drawingDeep:
            framed(String(repeating: "<g>", count: 100_000) + String(repeating: "</g>", count: 100_000))
        case .drawingEntity:
            framed(
                "<text y=\"50\">&file;</text>",
                prologue: "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY file SYSTEM \"file:///etc/passwd\">]>")
        case .drawingScript:
            framed("<script>fetch('\(canary)')</script><script xlink:href=\"\(canary)\"/><g onload=\"alert(1)\"/>")
        case .drawingForeign:
            framed("<foreignObject width=\"96\" height=\"96\"><img src=\"\(canary)\"/></foreignObject>")
        case .drawingRemote:
            framed(
                "<style>@import url(\(canary));</style><image width=\"96\" height=\"96\" xlink:href=\"\(canary)\"/>"
                    + "<use xlink:href=\"\(canary)#a\"/>")
        case .drawingFile:
            framed("<image width=\"96\" height=\"96\" xlink:href=\"file:///etc/passwd\"/>")
        default:
            // Each draws the one before it ten times.
            framed(
                "<defs><g id=\"a0\">\(sun)</g>"
                    + (1...9).map { level in
                        "<g id=\"a\(level)\">"
                            + String(repeating: "<use xlink:href=\"#a\(level - 1)\"/>", count: 10) + "</g>"
                    }.joined() + "<g id=\"loop\"><use xlink:href=\"#loop\"/></g></defs>"
                    + "<use xlink:href=\"#a9\"/><use xlink:href=\"#loop\"/>")
        }
    }

    private static let laughs: [UInt8] = {
        let entities = (1...9).map { level in
            "<!ENTITY l\(level) \"\(String(repeating: "&l\(level - 1);", count: 10))\">"
        }
        return framed(
            "<text y=\"50\">&l9;</text>",
            prologue: "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY l0 \"ha\">\(entities.joined())]>")
    }()
}
