extension Array where Element: Comparable & AdditiveArithmetic {
    /// Of ascending values: the first that `percent` of 100 are below; zero when there are none.
    package func percentile(_ percent: Int) -> Element {
        isEmpty ? .zero : self[Swift.min(count - 1, count * percent / 100)]
    }
}
