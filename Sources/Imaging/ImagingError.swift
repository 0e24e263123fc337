import Core

/// Why a picture could not be decoded, shrunk, stored or read back.
package struct ImagingError: ExplainedError {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String, CaseIterable {
            case notAPicture, unsupportedFormat, truncated, tooManyPixels, tooLarge, decodeFailed, encodeFailed
            case outOfMemory, workerCrashed, workerTimedOut, cancelled
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
        /// More bytes than the limit.
        package static let tooLarge = Code(.tooLarge)
        /// The data contradict the format.
        package static let decodeFailed = Code(.decodeFailed)
        package static let encodeFailed = Code(.encodeFailed)
        /// The file system refused, for another reason than the two below.
        package static let storeFailed = Code(.storeFailed)
        package static let diskFull = Code(.diskFull)
        package static let readOnly = Code(.readOnly)
        /// Decoding takes more memory than a worker may have.
        package static let outOfMemory = Code(.outOfMemory)
        /// A decoder crashed, or tried something that is forbidden to it.
        package static let workerCrashed = Code(.workerCrashed)
        /// A decoder did not come to an end.
        package static let workerTimedOut = Code(.workerTimedOut)
        /// The caller no longer wants the picture.
        package static let cancelled = Code(.cancelled)
        /// libvips or the decoding workers did not start.
        package static let unavailable = Code(.unavailable)

        package var description: String { value.rawValue }

        /// A number for the code in messages between processes of the same program.
        var number: Int { Value.allCases.firstIndex(of: value) ?? 0 }

        /// nil for numbers that mean none.
        init?(number: Int) {
            guard Value.allCases.indices.contains(number) else { return nil }
            value = Value.allCases[number]
        }
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    static func outOfMemory(cause: (any Error)? = nil) -> ImagingError {
        ImagingError(
            .outOfMemory, "The picture takes more memory to decode than one picture may have. Shrink it.", cause: cause)
    }

    /// Whether the same bytes will fail again, so that only other bytes can help.
    package var isFinal: Bool {
        switch code {
        case .notAPicture, .unsupportedFormat, .truncated, .tooManyPixels, .tooLarge, .decodeFailed, .encodeFailed,
            .outOfMemory,
            .workerCrashed, .workerTimedOut:
            true
        default: false
        }
    }
}
