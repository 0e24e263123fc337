/// Where an item stands on its path.
package enum ItemState: Int, Sendable {
    /// Described by its source; its picture is still to be fetched.
    case pending = 0
    /// Its picture is stored and its vector is in the index.
    case searchable = 1
    /// It could not be brought through; the failure says at which stage and why.
    case failed = 2
}
