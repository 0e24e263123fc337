/// How far a single-precision score can lie from the score in double precision.
///
/// A score is s = Σ xᵢqᵢ + r·q_c, where the xᵢ and r (float16, r what was lost of component c) and the qᵢ are exact in
/// single precision. Every kernel adds the first sum in at least 16 independent partial sums and combines them pairwise, so
/// a term takes part in at most stride/16 + 8 roundings (its product, the additions of its partial sum, the pairwise ones).
/// ``ExactScan`` then adds r·q_c: one more rounding for every term, and two for the new one. ``ExactBatch`` adds r to x_c
/// in the widened row first: one more rounding for the one term (x_c + r)·q_c, none for the others. Either way a term
/// takes part in at most h = stride/16 + 9 roundings. With u = 2⁻²⁴, Higham's Accuracy and Stability, section 3.1, gives
///
///     |ŝ − s| ≤ γ (Σ|xᵢqᵢ| + |r·q_c|) ≤ γ (‖x‖ + |r|) ‖q‖,   γ = h·u / (1 − h·u),
///
/// by Cauchy-Schwarz. Stored vectors have unit length within ``tolerance`` before rounding to float16, and r is at most
/// 2⁻¹¹, half a step of float16 between 1 and 2, so ‖x‖ + |r| < 1.02. Underflow adds at most 2⁻¹²⁶ a term. The
/// double-precision score has the same form with u = 2⁻⁵³; both bounds together are covered by one more rounding in h. For
/// 512 components this is 2.6e-6.
struct ScoreBound {
    /// How far the length of a vector may be from 1.
    static let tolerance = 0.01

    /// The greatest difference of both scores of any stored vector.
    let margin: Double

    /// `queryNorm`: length of the query, finite.
    init(stride: Int, queryNorm: Double) {
        let roundings = Double(stride / 16 + 9 + 1)
        let unit = 0x1p-24
        let gamma = roundings * unit / (1 - roundings * unit)
        margin = gamma * 1.02 * queryNorm + Double(stride + 1) * 0x1p-126
    }

    /// Rows whose single-precision score is below this have a double-precision score below `worst`.
    func threshold(worst: Double) -> Float { Float(worst - margin).nextDown }
}
