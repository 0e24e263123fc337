/// How much of an index a search by codes looks at.
package struct SearchPlan: Sendable, Hashable {
    /// Lists that are scanned at most.
    package var lists: Int
    /// Vectors that are kept by their codes and scored again with int8.
    package var candidates: Int
    /// Vectors that are kept by int8 and scored exactly, besides the `k` wanted.
    package var finalists: Int
    /// How much a list's radius counts beside its centroid's score when lists are ordered.
    package var radiusWeight: Float
    /// Radii by which the centroid of a list may score below the k-th best code so far; beyond that the search ends.
    package var patience: Float
    /// Standard deviations of what the other rows of a code add by which they are taken to add at most; a vector that cannot
    /// be a candidate even then is dropped by the first rows alone.
    ///
    /// With 2.5, searches for texts at `high` among a million vectors find .9914 instead of .9925, twice as fast.
    package var firstCertainty: Float = 2.5

    package init(
        lists: Int, candidates: Int, finalists: Int = 20, radiusWeight: Float = 0, patience: Float = .infinity
    ) {
        self.lists = lists
        self.candidates = candidates
        self.finalists = finalists
        self.radiusWeight = radiusWeight
        self.patience = patience
    }
}
