import Core
import Foundation
import Mustache
import Searching

/// One picture in a justified row.
///
/// Answers the template's names itself: looking fields up by reflection costs about a millisecond a row.
struct Tile: Sendable, MustacheParent {
    private let href: String
    private let name: String
    private let collection: String
    private let picture: StoredPicture
    private let isEager: Bool
    /// nil where nothing was compared.
    private let score: (cosine: Double, strength: Double)?

    /// Height of a row that `sizes` promises to the browser, in CSS pixels.
    private static let rowHeight = 230.0
    /// How many pictures the first screen's first rows hold.
    private static let eagerCount = 8

    init(_ hit: Hit, at index: Int, isScored: Bool) {
        href = Address.item(hit.id)
        name = hit.name.isEmpty ? hit.id.token : hit.name
        collection = hit.collectionTitle
        picture = hit.picture
        isEager = index < Self.eagerCount
        score = isScored ? (hit.score, hit.strength) : nil
    }

    static func tiles(_ hits: [Hit], isScored: Bool) -> [Tile] {
        hits.enumerated().map { Tile($1, at: $0, isScored: isScored) }
    }

    func child(named name: String) -> Any? {
        switch name {
        case "href": href
        case "name": self.name
        case "collection": collection
        case "classes": classes
        case "color": picture.cssColor
        case "width": picture.width
        case "height": picture.height
        case "source": source(width: 256)
        case "wideSource": source(width: 512)
        case "sizes": "\(Int(Self.rowHeight * picture.rowRatio))px"
        case "isScaled": !picture.isPixelArt
        case "loading": isEager ? "eager" : "lazy"
        case "isScored": score != nil
        case "strength": Int(((score?.strength ?? 0) * 100).rounded())
        case "cosine": String(format: "%.3f", score?.cosine ?? 0)
        default: nil
        }
    }

    /// Pixel art is small as it is, and any smaller copy of it would be blurred: it comes as it is stored.
    private func source(width: Int) -> String {
        Address.picture(picture.hash, width: picture.isPixelArt ? nil : width)
    }

    private var classes: String {
        RowShape.className(ratio: picture.rowRatio) + " " + picture.displayClasses
    }
}

extension StoredPicture {
    /// How the stylesheet shall show it.
    var displayClasses: String {
        if isPixelArt { return "pixels" }
        guard isCutOut else { return "" }
        // Small icons would blur when they fill a frame.
        return max(width, height) < 200 ? "cutout small" : "cutout"
    }

    /// Whether most of it is white: a drawing on a sheet, which wants a margin, not a photograph, which wants none.
    private var isCutOut: Bool {
        [16, 8, 0].allSatisfy { dominantColor >> $0 & 0xFF >= 0xF0 }
    }
}
