import Foundation

/// What a program wants vectors of: the body of `POST /v1/embeddings`, in the shape of OpenAI's API and a little more.
struct EmbeddingRequest: Sendable {
    enum Input: Sendable {
        case text(String)
        /// The bytes of a picture file.
        case picture([UInt8])
        /// Where a picture file can be fetched.
        case address(String)
        /// It cannot even be read, which concerns no other input.
        case unreadable(EmbeddingFailure)
    }

    enum Encoding: String, Sendable {
        /// Numbers in decimal, exact.
        case float
        /// The numbers' bytes, 32-bit little-endian floats one after the other.
        case base64
    }

    /// The model that is asked for; nil when any will do.
    var model: String?
    var inputs: [Input]
    var encoding = Encoding.float
    /// The components that a vector is wanted with; nil for as many as there are.
    var dimensions: Int?

    /// Reads JSON.
    ///
    /// Throws: ``Problem`` with a sentence when it cannot be understood.
    init(json: [UInt8]) throws(Problem) {
        let value: Any
        do {
            value = try JSONSerialization.jsonObject(with: Data(json))
        } catch {
            throw .badRequest("The body is no JSON. \(Self.example)")
        }
        guard let object = value as? [String: Any] else {
            throw .badRequest("The body is no JSON object. \(Self.example)")
        }
        guard let input = object["input"] else {
            throw .badRequest("The request needs “input”. \(Self.example)")
        }
        inputs = try Self.inputs(input)
        model = try Self.text("model", in: object)
        encoding = try Self.encoding(Self.text("encoding_format", in: object))
        if let wanted = object["dimensions"], !(wanted is NSNull) {
            guard let number = wanted as? Int else { throw .badRequest("“dimensions” must be a whole number.") }
            dimensions = number
        }
    }

    /// The same from fields beside or before the inputs.
    init(fields: FormFields, inputs: [Input]) throws(Problem) {
        self.inputs = inputs
        model = fields["model"]
        encoding = try Self.encoding(fields["encoding_format"])
        if let text = fields["dimensions"] {
            guard let number = Int(text) else { throw .badRequest("“dimensions” must be a whole number.") }
            dimensions = number
        }
    }

    static let example =
        #"For example: {"input": ["a red car", {"type": "image", "image": "data:image/jpeg;base64,…"}]}."#

    private static func inputs(_ value: Any) throws(Problem) -> [Input] {
        if let text = value as? String { return [.text(text)] }
        guard let list = value as? [Any] else { throw .badRequest("“input” must be a text or a list. \(example)") }
        var inputs: [Input] = []
        inputs.reserveCapacity(list.count)
        for (index, element) in list.enumerated() {
            if let text = element as? String {
                inputs.append(.text(text))
            } else if let object = element as? [String: Any] {
                inputs.append(try input(object, at: index))
            } else if element is Int || element is [Any] {
                throw .badRequest("“input” must hold texts and pictures; token ids are made here. \(example)")
            } else {
                throw .badRequest("input.\(index) must be a text or an object. \(example)")
            }
        }
        return inputs
    }

    private static func input(_ object: [String: Any], at index: Int) throws(Problem) -> Input {
        switch object["type"] as? String {
        case "text":
            if let text = object["text"] as? String { return .text(text) }
            throw .badRequest("input.\(index) of type “text” needs a text under “text”.")
        case "image":
            if let image = object["image"] as? String { return picture(image) }
            throw .badRequest("input.\(index) of type “image” needs a picture file in base64 under “image”.")
        case "image_url":
            let address = (object["image_url"] as? [String: Any])?["url"] ?? object["image_url"]
            guard let address = address as? String else {
                throw .badRequest(#"input.\#(index) of type “image_url” needs {"url": …} under “image_url”."#)
            }
            return hasScheme("data", address) ? picture(address) : .address(address)
        default:
            throw .badRequest("input.\(index).type must be “text”, “image” or “image_url”.")
        }
    }

    /// Reads base64, bare or in a data URL (RFC 2397).
    private static func picture(_ text: String) -> Input {
        var digits = text[...]
        if hasScheme("data", text) {
            guard let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")),
                text[..<comma].lowercased().hasSuffix(";base64")
            else {
                return .unreadable(
                    EmbeddingFailure(code: "badBase64", message: "The data URL must hold its picture in base64."))
            }
            digits = text[text.utf8.index(after: comma)...]
        } else if hasScheme("http", text) || hasScheme("https", text) {
            return .address(text)
        }
        guard let data = Data(base64Encoded: Data(digits.utf8), options: .ignoreUnknownCharacters), !data.isEmpty
        else {
            return .unreadable(
                EmbeddingFailure(
                    code: "badBase64", message: "The picture must be the bytes of a picture file in base64."))
        }
        return .picture(Array(data))
    }

    private static func hasScheme(_ scheme: String, _ text: String) -> Bool {
        text.utf8.prefix(scheme.utf8.count + 1).elementsEqual((scheme + ":").utf8) { $0 | 0x20 == $1 | 0x20 }
    }

    private static func encoding(_ name: String?) throws(Problem) -> Encoding {
        guard let name else { return .float }
        if let encoding = Encoding(rawValue: name) { return encoding }
        throw .badRequest("“encoding_format” must be “float” or “base64”.")
    }

    private static func text(_ name: String, in object: [String: Any]) throws(Problem) -> String? {
        guard let value = object[name], !(value is NSNull) else { return nil }
        if let text = value as? String { return text }
        throw .badRequest("“\(name)” must be a text.")
    }
}

/// Why one input has no vector, while others of the same request have theirs.
struct EmbeddingFailure: Error, Equatable {
    /// One word for programs, such as `notAPicture`.
    var code: String
    /// A sentence for the person who asked.
    var message: String
    /// The status of the answer when no input fared better.
    var status = 422
}
