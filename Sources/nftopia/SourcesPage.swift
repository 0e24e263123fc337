import Core
import Foundation

/// The report as one HTML page: bars and a table, without scripts and without anything from elsewhere.
struct SourcesPage {
    private let report: SourcesReport
    private static let shownPlaces = 100

    init(_ report: SourcesReport) { self.report = report }

    var html: String {
        let title = "Where the pictures live"
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            <main>
            <h1>\(title)</h1>
            <p class="lead">\(lead)</p>
            \(kinds)
            \(places)
            </main>
            </html>

            """
    }

    private var lead: String {
        let hosts = report.rows.count { !$0.host.isEmpty }
        let kinds = Set(report.rows.map(\.kind))
        var places = [(MediaKind.ipfs, "on IPFS"), (.arweave, "on Arweave"), (.inline, "in their metadata")]
            .filter { kinds.contains($0.0.rawValue) }.map(\.1)
        if kinds.contains(MediaKind.file.rawValue) { places.append("in folders of this machine") }
        if hosts > 0 { places.append("on \(Readable.count(hosts, "host"))") }
        let last = places.popLast() ?? "nowhere"
        let list = places.isEmpty ? last : places.joined(separator: ", ") + " and " + last
        let of = report.title.map { " of \(Self.escaped($0))" } ?? ""
        return "<b>\(Readable.count(report.itemCount, "item"))</b>\(of): \(list)."
    }

    // MARK: Kinds

    private struct KindCount {
        let kind: String
        let name: String
        let items: Int
        let share: Double
    }

    private var kindCounts: [KindCount] {
        let total = Double(max(1, report.itemCount))
        return MediaKind.allCases.compactMap { kind in
            let items = report.rows.filter { $0.kind == kind.rawValue }.reduce(0) { $0 + $1.items }
            guard items > 0 else { return nil }
            return KindCount(
                kind: kind.rawValue, name: SourcesReport.name(of: kind), items: items, share: Double(items) / total)
        }.sorted { $0.items > $1.items }
    }

    private var kinds: String {
        let counts = kindCounts
        let parts = counts.map { count in
            "<span class=\"part \(count.kind)\" style=\"flex-grow:\(Self.number(count.share))\" "
                + "title=\"\(count.name): \(SourcesReport.percent(count.share))\"></span>"
        }
        let legend = counts.map { count in
            "<li><i class=\"\(count.kind)\"></i>\(count.name) <b>\(SourcesReport.percent(count.share))</b> "
                + "<span>\(Readable.count(count.items))</span></li>"
        }
        return "<div class=\"whole\" role=\"img\" aria-label=\"Shares by kind of place\">\(parts.joined())</div>\n"
            + "<ul class=\"legend\">\(legend.joined())</ul>"
    }

    // MARK: Places

    private var places: String {
        let widest = max(1, report.rows.first?.items ?? 1)
        let rows = report.rows.prefix(Self.shownPlaces).map { row in
            let width = Self.number(100 * Double(row.items) / Double(widest))
            return "<tr><th scope=\"row\">\(Self.escaped(row.label))</th>"
                + "<td class=\"bar\"><i class=\"\(row.kind)\" style=\"width:\(width)%\"></i></td>"
                + "<td>\(Readable.count(row.items))</td><td>\(SourcesReport.percent(row.share))</td>"
                + "<td>\(Self.amount(row.searchable))</td><td>\(Self.amount(row.pending))</td>"
                + "<td>\(Self.amount(row.failed))</td></tr>\n"
        }
        let more = report.rows.dropFirst(Self.shownPlaces)
        let rest =
            more.isEmpty
            ? ""
            : "<p class=\"lead\">and \(Readable.count(more.count, "more place")) with "
                + "\(Readable.count(more.reduce(0) { $0 + $1.items }, "item")).</p>"
        return """
            <table>
            <thead><tr><th scope="col">Place</th><th scope="col"></th><th scope="col">Items</th>\
            <th scope="col">Share</th><th scope="col">Searchable</th><th scope="col">Pending</th>\
            <th scope="col">Failed</th></tr></thead>
            <tbody>
            \(rows.joined())</tbody>
            </table>
            \(rest)
            """
    }

    private static func amount(_ count: Int) -> String { count == 0 ? "–" : Readable.count(count) }

    private static func number(_ value: Double) -> String { String(format: "%.3f", value) }

    /// Names of hosts and collections are hostile text.
    ///
    /// By Unicode scalars: a mark composed with a quotation mark must not hide it.
    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in Console.printable(text).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;".unicodeScalars
            case "<": result += "&lt;".unicodeScalars
            case ">": result += "&gt;".unicodeScalars
            case "\"": result += "&quot;".unicodeScalars
            case "'": result += "&#39;".unicodeScalars
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static let style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
          --ground: light-dark(#f6f5f1, #121214); --surface: light-dark(#fff, #1d1d21); --ink: light-dark(#18181b, #f3f2ee);
          --muted: light-dark(#63626a, #a5a4ad); --line: light-dark(#e3e1da, #303037); }
        body { margin: 0; background: var(--ground); color: var(--ink); }
        main { max-width: 1040px; margin: 0 auto; padding: 48px 24px; }
        h1 { margin: 0; font-size: 32px; letter-spacing: -.02em; line-height: 1.2; }
        .lead { color: var(--muted); margin: 8px 0 32px; } .lead b { color: var(--ink); }
        .whole { display: flex; gap: 2px; height: 40px; border-radius: 8px; overflow: hidden; }
        .part { min-width: 2px; flex-basis: 0; }
        .legend { display: flex; flex-wrap: wrap; gap: 8px 24px; list-style: none; padding: 0; margin: 16px 0 40px; }
        .legend li { display: flex; align-items: baseline; gap: 8px; } .legend span { color: var(--muted); }
        .legend i { width: 12px; height: 12px; border-radius: 3px; align-self: center; }
        table { width: 100%; border-collapse: collapse; background: var(--surface); border-radius: 8px; overflow: hidden;
          font-variant-numeric: tabular-nums; }
        th, td { padding: 8px 12px; text-align: right; border-top: 1px solid var(--line); font-weight: 400; white-space: nowrap; }
        thead th { border: 0; color: var(--muted); font-size: 13px; }
        th:first-child { text-align: left; max-width: 300px; overflow: hidden; text-overflow: ellipsis; }
        tbody th { font-weight: 600; }
        td { color: var(--muted); } td.bar + td { color: var(--ink); }
        .bar { width: 30%; } .bar i { display: block; height: 12px; min-width: 2px; border-radius: 3px; }
        .ipfs { background: light-dark(#0f7c8a, #46b8c6); } .arweave { background: light-dark(#5b4fcf, #9b91ff); }
        .http { background: light-dark(#c2410c, #ff9457); } .inline { background: light-dark(#3f7d20, #86c95f); }
        .gs { background: light-dark(#2563c9, #7aa9f7); } .file { background: light-dark(#7a6a4f, #c3ad84); }
        .missing { background: light-dark(#a8a6ae, #5f5e67); } .unsupported { background: light-dark(#b3245d, #f07aa6); }
        @media (max-width: 700px) { .bar { display: none; } th, td { padding: 8px; }
          th:nth-child(5), td:nth-child(5), th:nth-child(6), td:nth-child(6) { display: none; } }
        """
}
