internal import Foundation

extension WebSite {
    /// What is behind the address of `item`, its host's temper aside.
    func answer(_ item: WebItem, stage: [String], _ random: inout SeededGenerator) -> WebAnswer {
        let number = item.number
        switch item.kind {
        case .healthy, .gatewayPicture, .wrongContent, .duplicate, .robotsForbid, .robotsUnavailable:
            return picture(number)
        case .mislabelled:
            return picture(
                number, type: ["text/html", "application/octet-stream", "video/mp4"].randomElement(using: &random))
        case .compressed: return compressed(number)
        case .drawing: return WebAnswer(type: "image/svg+xml", [Data(Drawing.plain(number: number))], isWhole: true)
        case .drawingHuge, .drawingLaughs, .drawingDeep, .drawingEntity, .drawingScript, .drawingForeign,
            .drawingRemote, .drawingFile, .drawingRecursive:
            let canary = "http://\(item.host.name):\(plan.port)/canary/\(number)"
            return WebAnswer(
                type: "image/svg+xml", [Data(Drawing.hostile(item.kind, canary: canary))], isWhole: true)
        case .redirected, .redirectLoop, .redirectChain, .redirectMetadata, .redirectInside, .redirectScheme,
            .redirectNowhere:
            return redirect(item, stage: stage)
        case .pngBomb: return WebAnswer(type: "image/png", [Data(RasterBomb.png)])
        case .heavyPNG: return WebAnswer(type: "image/png", [Data(RasterBomb.heavyPNG)], isWhole: true)
        case .gifBomb: return WebAnswer(type: "image/gif", [Data(RasterBomb.gif)])
        case .webpBomb: return WebAnswer(type: "image/webp", [Data(RasterBomb.webp)])
        case .tiffBomb: return WebAnswer(type: "image/tiff", [Data(RasterBomb.tiff)])
        case .jpegBomb: return WebAnswer(type: "image/jpeg", [Data(RasterBomb.jpeg)])
        case .cutPicture, .flippedPicture: return damaged(item, &random)
        default: return refusal(item, &random) ?? failure(item)
        }
    }

    /// gzip with the bytes stored as they are: what a server sends that compresses everything.
    private func compressed(_ number: Int) -> WebAnswer {
        let bytes = WebPlan.joined(plan.picture(number))
        var stream: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        var offset = 0
        repeat {
            let count = min(65_535, bytes.count - offset)
            stream.append(offset + count == bytes.count ? 1 : 0)
            stream.appendLittleEndian(UInt16(count))
            stream.appendLittleEndian(~UInt16(count))
            stream += bytes.dropFirst(offset).prefix(count)
            offset += count
        } while offset < bytes.count
        stream.appendLittleEndian(Checksums.crc32(bytes))
        stream.appendLittleEndian(UInt32(bytes.count))
        return WebAnswer(
            type: plan.file(number).contentType, [Data(stream)], headers: [("Content-Encoding", "gzip")], isWhole: true)
    }

    /// A picture of any format, cut off or with a few bits turned over.
    private func damaged(_ item: WebItem, _ random: inout SeededGenerator) -> WebAnswer {
        // Not from the request's own sequence: the same damage for everybody who asks.
        var damage = SeededGenerator(plan.seed ^ 0xDA3A, item.number)
        guard let file = plan.shelf.byFormat.randomElement(using: &damage)?.randomElement(using: &damage) else {
            return picture(item.number)
        }
        var bytes = file.bytes
        if item.kind == .cutPicture {
            bytes = bytes.prefix(max(1, bytes.count * Int.random(in: 20...70, using: &damage) / 100))
        } else {
            bytes = Data(bytes)
            for _ in 0..<Int.random(in: 1...20, using: &damage) {
                bytes[Int.random(in: 0..<bytes.count, using: &damage)] ^= 1 << UInt8.random(in: 0..<8, using: &damage)
            }
        }
        return WebAnswer(type: file.contentType, [bytes])
    }

    private func redirect(_ item: WebItem, stage: [String]) -> WebAnswer {
        let hop = stage.count == 2 && stage[0] == "hop" ? Int(stage[1]) ?? 0 : 0
        // To another host at every hop.
        let next = "http://\(plan.plainHost(item.number + hop).name):\(plan.port)/i/\(item.number)/hop/\(hop + 1)"
        switch item.kind {
        case .redirected: return hop >= 1 + item.number % 5 ? picture(item.number) : .redirect(next)
        case .redirectLoop: return .redirect("/i/\(item.number)/hop/\((hop + 1) % 2)")
        case .redirectChain: return hop >= 6 + item.number % 4 ? picture(item.number) : .redirect(next)
        case .redirectMetadata: return .redirect("http://169.254.169.254/latest/meta-data/")
        case .redirectInside:
            return .redirect(["http://127.0.0.1:1/", "http://[::1]:1/", "http://2130706433:1/"][item.number % 3])
        case .redirectScheme:
            return .redirect(
                ["file:///etc/passwd", "ftp://127.0.0.1/a.png", "gopher://127.0.0.1:1/_", "dict://127.0.0.1:1/x"][
                    item.number % 4])
        default: return .redirect(nil)
        }
    }

    /// Answers that are proper HTTP and no picture; nil for the other kinds.
    private func refusal(_ item: WebItem, _ random: inout SeededGenerator) -> WebAnswer? {
        let page = "<!DOCTYPE html><html><head><title>Oops</title></head><body>Something went wrong</body></html>"
        let type = plan.file(item.number).contentType
        switch item.kind {
        case .pageAsPicture: return WebAnswer(type: type, text: page)
        case .errorPage: return WebAnswer(type: "text/html; charset=utf-8", text: page)
        case .errorObject: return WebAnswer(type: "application/json", text: "{\"error\":\"not pinned\"}")
        case .empty: return WebAnswer(type: type, [])
        case .video:
            return WebAnswer(type: type, [Data([0, 0, 0, 24] + Array("ftypmp42\0\0\0\0mp42isom".utf8)), filler])
        case .sound: return WebAnswer(type: type, [Data("OggS\0\u{2}\0\0\0\0\0\0\0\0".utf8), filler])
        case .document: return WebAnswer(type: type, [Data("%PDF-1.7\n".utf8), filler])
        case .model: return WebAnswer(type: type, [Data("glTF\u{2}\0\0\0".utf8), filler])
        case .missing: return WebAnswer([404, 410][item.number % 2], type: "text/html", text: page)
        case .refused: return WebAnswer([401, 403, 451, 418][item.number % 4], text: "not for you")
        case .optedOut:
            let rules = ["noai", "noimageai", "noindex", "noimageindex", "nofollow, NoAI", "nftopia: noindex"]
            return picture(item.number, headers: [("X-Robots-Tag", rules[item.number % rules.count])])
        default: return nil
        }
    }

    private var filler: Data { Data(repeating: 0x5A, count: 20_000) }

    /// Broken transfers.
    private func failure(_ item: WebItem) -> WebAnswer {
        let number = item.number
        let type = ("Content-Type", plan.file(number).contentType)
        let bytes = WebPlan.joined(plan.picture(number))
        switch item.kind {
        case .shortLength:
            let steps: [WebAnswer.Step] = [
                .head(200, [type, ("Content-Length", "\(bytes.count / 3)")]), .bytes([bytes]), .close,
            ]
            return WebAnswer(steps)
        case .brokenEncoding: return WebAnswer(type: type.1, [bytes], headers: [("Content-Encoding", "gzip")])
        case .gzipBomb:
            let (start, middle, end) = RasterBomb.gzip
            let headers = [
                type, ("Content-Encoding", "gzip"), ("Content-Length", "\(start.count + middle + end.count)"),
            ]
            return WebAnswer([.head(200, headers), .bytes([Data(start)]), .zeros(middle), .bytes([Data(end)])])
        case .endless: return WebAnswer([.head(200, [type]), .bytes([bytes]), .endless])
        case .announcedHuge:
            return WebAnswer([.head(200, [type, ("Content-Length", "10000000000")]), .bytes([bytes]), .endless])
        case .cutTransfer: return cut(number, then: .close)
        case .resetAlways: return cut(number, then: .reset)
        case .closedAtOnce: return WebAnswer([number.isMultiple(of: 2) ? .close : .reset])
        case .drip:
            let headers = [type, ("Content-Length", "\(bytes.count)")]
            return WebAnswer([.head(200, headers), .drip(bytes, every: .seconds(1))])
        case .stall:
            let headers = [type, ("Content-Length", "\(bytes.count)")]
            return WebAnswer([.head(200, headers), .bytes([bytes.prefix(100)]), .wait(.seconds(600)), .close])
        case .headerFlood:
            let flood = (0..<20_000).map { ("X-Flood-\($0)", String(repeating: "x", count: 100)) }
            return WebAnswer([.head(200, [type] + flood), .bytes([bytes]), .close])
        case .garbage: return WebAnswer([.bytes([Data("\u{16}\u{3}\u{1}ICY 200 OH\r\n\r\n".utf8), bytes]), .close])
        case .brokenChunks:
            return WebAnswer([
                .head(200, [type, ("Transfer-Encoding", "chunked")]), .bytes([Data("zz\r\n".utf8), bytes]), .close,
            ])
        case .overloaded:
            return WebAnswer(503, text: "for a long while", headers: [("Retry-After", "86400")])
        default: return WebAnswer(500, text: "never better")
        }
    }
}
