import Core
import Foundation
import HTTPTypes
import Hummingbird
import Mustache

/// The templates, read once at the start, and the frame that all pages share.
struct Pages: Sendable {
    private let library: MustacheLibrary
    private let frame: Frame

    /// What every page's head and foot need.
    struct Frame: Sendable {
        let style: String
        let theme: String
        let icon: String
        let modules: [String]
    }

    init(assets: Assets) throws(ServingError) {
        MustacheContentTypes.register(ScalarEscaping(), named: "SCALARS")
        var library = MustacheLibrary()
        let folder = Assets.folder("templates")
        for name in try Assets.names(in: folder) where name.hasSuffix(".mustache") {
            let text = String(decoding: try Assets.read(folder.appendingPathComponent(name)), as: UTF8.self)
            do {
                // Set here, so that no template can forget it.
                try library.register(
                    "{{% CONTENT_TYPE:SCALARS}}" + text, named: (name as NSString).deletingPathExtension)
            } catch {
                throw ServingError(.badTemplate, "The template \(name) cannot be read.", cause: error)
            }
        }
        self.library = library
        frame = Frame(
            style: assets.path("style.css"), theme: assets.path("theme.js"), icon: assets.path("icon.svg"),
            modules: assets.modulePaths)
    }

    /// A page of the template `name`.
    func page(
        _ name: String, title: String, form: SearchForm, content: any Sendable, status: HTTPResponse.Status = .ok,
        cacheControl: String = "private, max-age=20"
    ) -> Response {
        let context: [String: Any] = [
            "title": title, "frame": frame, "form": form, "page": content, "isHome": name == "home",
        ]
        let html = library.render(context, withTemplate: name) ?? ""
        return Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: cacheControl],
            body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    /// A page with a problem's sentence.
    func problem(_ problem: Problem) -> Response {
        message(
            Message(title: problem.title, sentence: problem.detail, isMissing: problem.status == 404),
            form: SearchForm(), status: .init(code: problem.status))
    }

    /// A page with one sentence.
    func message(_ message: Message, form: SearchForm, status: HTTPResponse.Status = .ok) -> Response {
        page("message", title: message.title, form: form, content: message, status: status, cacheControl: "no-store")
    }
}

/// A page's one sentence.
struct Message: Sendable {
    let title: String
    let sentence: String
    var isMissing = false
    /// Commands to type, in order.
    var commands: [Command] = []

    struct Command: Sendable {
        let line: String
        let purpose: String
    }

    /// What to do with a library that holds nothing yet.
    static let emptyLibrary = Message(
        title: "This library is empty",
        sentence: "Three commands fill it with your own pictures and open the gallery:",
        commands: [
            Command(line: "nftopia collect folder ~/Pictures --collection pictures", purpose: "lists what is there"),
            Command(line: "nftopia ingest", purpose: "reads the pictures and learns what they show"),
            Command(line: "nftopia serve", purpose: "opens the gallery"),
        ])

    /// What to do when items are known and none can be found yet.
    static func nothingSearchable(items: Int) -> Message {
        Message(
            title: "Almost there",
            sentence: "\(items.grouped) pictures are known, and none is ready to be found yet. Run the second command; "
                + "it goes on where it stopped.",
            commands: [
                Command(line: "nftopia status", purpose: "says where every item stands"),
                Command(line: "nftopia ingest", purpose: "reads the pictures and learns what they show"),
            ])
    }
}

extension Int {
    /// In groups of three digits: `18,121`.
    var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}
