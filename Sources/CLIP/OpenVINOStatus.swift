internal import COpenVINO

extension ov_status_e {
    /// Turns a return code of OpenVINO's C API into an error.
    ///
    /// `action` is what was tried, as in "could not …".
    ///
    /// Throws: `CLIPError.inferenceFailed` unless the code means success.
    func checked(_ action: @autoclosure () -> String) throws(CLIPError) {
        if self == OK { return }
        throw CLIPError(
            .inferenceFailed,
            "OpenVINO could not \(action()). The model may be damaged or of an unknown kind; -v shows OpenVINO's reason.",
            cause: OpenVINOFailure(status: self))
    }
}

/// OpenVINO's own words about a failure.
struct OpenVINOFailure: Error, CustomStringConvertible {
    let description: String

    init(status: ov_status_e) {
        var text = ov_get_error_info(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
        if let message = ov_get_last_err_msg() {
            defer { ov_free(message) }
            let lines = String(cString: message).split(whereSeparator: \.isNewline)
            // The first lines say where in OpenVINO's sources it happened; the last ones say what.
            text += ": " + lines.suffix(3).joined(separator: " ").prefix(400)
        }
        description = text
    }
}

/// The value that a C function wrote through a pointer.
///
/// Throws: `inferenceFailed` when `call` failed or wrote nothing.
func created<Handle>(
    _ action: @autoclosure () -> String, _ call: (inout Handle?) -> ov_status_e
) throws(CLIPError) -> Handle {
    var handle: Handle?
    try call(&handle).checked(action())
    guard let handle else {
        throw CLIPError(.inferenceFailed, "OpenVINO could not \(action()) and gave no reason.")
    }
    return handle
}
