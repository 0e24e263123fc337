/// Which columns of a list hold the URL, the id and the name: those asked for, else those that lists usually have.
struct ListColumns: Sendable {
    /// Nil to look for the usual ones.
    let url: String?
    let id: String?

    private static let urls = [
        "url", "image_url", "imageurl", "image", "img_url", "media_url", "picture_url", "uri", "src",
    ]
    private static let ids = ["id", "key", "uid"]
    private static let names = ["name", "caption", "title", "text", "alt"]

    /// The column of the URL among `columns`; nil when there is none.
    func urlColumn(among columns: [String]) -> String? { Self.column(url, usual: Self.urls, among: columns) }

    /// The column of the id among `columns`; nil when there is none.
    func idColumn(among columns: [String]) -> String? { Self.column(id, usual: Self.ids, among: columns) }

    /// The column of the name among `columns`; nil when there is none.
    static func nameColumn(among columns: [String]) -> String? { column(nil, usual: names, among: columns) }

    private static func column(_ wanted: String?, usual: [String], among columns: [String]) -> String? {
        if let wanted { return columns.contains(wanted) ? wanted : nil }
        for name in usual {
            if let found = columns.first(where: { $0 == name }) ?? columns.first(where: { $0.lowercased() == name }) {
                return found
            }
        }
        return nil
    }
}
