import Core

/// Why a picture could not be decoded, shrunk, stored or read back.
package struct ImagingError: ExplainedError {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case notAPicture, unsupportedFormat, truncated, tooManyPixels, decodeFailed, encodeFailed
            case storeFailed, diskFull, readOnly, unavailable
        }

        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The bytes are something else: a web page, JSON, a video, nothing.
        package static let notAPicture = Code(.notAPicture)
        /// A picture of a kind that is not decoded here.
        package static let unsupportedFormat = Code(.unsupportedFormat)
        /// The picture ends before its data does.
        package static let truncated = Code(.truncated)
        /// The header announces more pixels than the limit.
        package static let tooManyPixels = Code(.tooManyPixels)
        /// The data contradict the format.
        package static let decodeFailed = Code(.decodeFailed)
        package static let encodeFailed = Code(.encodeFailed)
        /// The file system refused, for another reason than the two below.
        package static let storeFailed = Code(.storeFailed)
        package static let diskFull = Code(.diskFull)
        package static let readOnly = Code(.readOnly)
        /// libvips did not start.
        package static let unavailable = Code(.unavailable)

        package var description: String { value.rawValue }
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same bytes will fail again, so that only other bytes can help.
    package var isFinal: Bool {
        switch code {
        case .notAPicture, .unsupportedFormat, .truncated, .tooManyPixels, .decodeFailed, .encodeFailed: true
        default: false
        }
    }
}
