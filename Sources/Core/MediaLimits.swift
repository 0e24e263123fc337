/// What one file from outside may cost at most.
///
/// Everything is enforced while streaming, not afterwards.
package struct MediaLimits: Sendable {
    package var maximumBytes = 64 << 20
    package var maximumPixels = 100_000_000
    /// For the whole file, from the first connection to the last byte.
    package var deadline: Duration = .seconds(60)
    package var connectTimeout: Duration = .seconds(10)
    /// The longest time without a byte.
    package var stallTimeout: Duration = .seconds(10)
    package var maximumRedirects = 5
    /// Loopback and private addresses are refused unless this is set; link-local and reserved ones always.
    package var allowPrivateHosts = false

    package init() {}
}
