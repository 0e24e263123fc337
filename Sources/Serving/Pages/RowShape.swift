import Foundation

/// The classes that give a picture its share of a justified row.
///
/// The Content-Security-Policy allows no inline styles, so ratios come in steps of 2 % from a generated stylesheet;
/// half a step is cut off at most, which nobody sees.
enum RowShape {
    private static let step = 1.02
    private static let lowest = 0.45
    private static let count = 97

    /// The class for a picture of that ratio (width by height).
    static func className(ratio: Double) -> String {
        let index = (log(max(ratio, lowest) / lowest) / log(step)).rounded()
        return "r\(min(max(Int(index), 0), count - 1))"
    }

    /// One rule a class: `--r` is the ratio.
    static var styles: String {
        (0..<count).map { index in
            let ratio = (lowest * pow(step, Double(index)) * 1000).rounded() / 1000
            return ".r\(index){--r:\(ratio)}\n"
        }.joined()
    }
}
