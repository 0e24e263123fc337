import Foundation

/// Reads the files of a model folder and explains what is wrong with them.
struct FolderFiles {
    let path: String

    func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(file)") }

    /// Throws: `fileNotFound` unless `file` is there.
    func require(_ file: String) throws(CLIPError) {
        if !exists(file) {
            throw CLIPError(
                .fileNotFound,
                "The model folder \(path) has no \(file). Copy that file from where the model came from.")
        }
    }

    func contents(of file: String) throws(CLIPError) -> Data {
        try require(file)
        do {
            return try Data(contentsOf: URL(filePath: "\(path)/\(file)"))
        } catch {
            throw CLIPError(
                .invalidFile, "\(path)/\(file) cannot be read. Check its permissions.", cause: error)
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type, from file: String) throws(CLIPError) -> Value {
        try decode(type, from: contents(of: file), of: file)
    }

    /// As ``decode(_:from:)``, of a part of `file`.
    func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data, of file: String
    ) throws(CLIPError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch DecodingError.keyNotFound(let key, let context) {
            throw lacks((context.codingPath + [key]).fieldName, in: file)
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw CLIPError(
                .invalidFile,
                "\(path)/\(file) has an unexpected value in \(context.codingPath.fieldName): "
                    + "\(context.debugDescription) Take the file from the model's source again.")
        } catch let error as UnsupportedStep {
            throw CLIPError(
                .unsupportedModel,
                "\(path)/\(file) has the \(error.kind) \(error.name), which is not supported. Use a CLIP or SigLIP model."
            )
        } catch let error as CharacterPattern.Unsupported {
            throw CLIPError(
                .unsupportedModel,
                "\(path)/\(file) has the pattern \(error.expression), which is not supported. "
                    + "Use a CLIP or SigLIP model.")
        } catch {
            throw CLIPError(
                .invalidFile, "\(path)/\(file) is not valid JSON. Take the file from the model's source again.",
                cause: error)
        }
    }

    /// As ``decode(_:from:)``; nil when there is no such file.
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, from file: String) throws(CLIPError) -> Value? {
        exists(file) ? try decode(type, from: file) : nil
    }

    func lacks(_ field: String, in file: String) -> CLIPError {
        CLIPError(
            .missingField, "\(path)/\(file) lacks the field \(field). Take the file from the model's source again.")
    }

    /// `value`, which must lie between 1 and 65,536.
    func positive(_ value: Int, _ field: String, in file: String) throws(CLIPError) -> Int {
        guard (1...65_536).contains(value) else {
            throw CLIPError(
                .invalidFile, "\(path)/\(file) says that \(field) is \(value), which cannot be. Correct it.")
        }
        return value
    }
}

extension [any CodingKey] {
    fileprivate var fieldName: String {
        isEmpty ? "its outermost value" : map(\.stringValue).joined(separator: ".")
    }
}
