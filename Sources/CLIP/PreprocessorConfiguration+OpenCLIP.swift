extension PreprocessorConfiguration {
    /// Reads visual/preprocess_cfg.json, which open_clip wrote.
    init(openCLIP files: FolderFiles) throws(CLIPError) {
        let file = Self.openCLIPFile
        let raw = try files.decode(OpenCLIPPreprocessing.self, from: file)
        func refuse(_ what: String) -> CLIPError {
            CLIPError(.unsupportedModel, "\(files.path)/\(file) \(what). Use an open_clip model's own file.")
        }
        guard raw.mode ?? "RGB" == "RGB" else { throw refuse("wants pictures of mode \(raw.mode ?? ""), not RGB") }
        guard let size = raw.size else { throw files.lacks("size", in: file) }
        guard let mean = raw.mean else { throw files.lacks("mean", in: file) }
        guard let deviation = raw.deviation else { throw files.lacks("std", in: file) }
        guard let width = size.channels.last, let height = size.channels.first, size.channels.count <= 2 else {
            throw refuse("gives a size that is neither one number nor two")
        }
        let outputWidth = try files.positive(Int(exactly: width) ?? 0, "size", in: file)
        let outputHeight = try files.positive(Int(exactly: height) ?? 0, "size", in: file)
        guard outputWidth <= 4096, outputHeight <= 4096 else {
            throw refuse("makes pictures of \(outputWidth)x\(outputHeight), more than 4096 on a side")
        }
        guard let mean = mean.rgb, let deviation = deviation.rgb, deviation.allSatisfy({ $0 > 0 }) else {
            throw refuse("needs one or three numbers in mean and one or three positive ones in std")
        }

        let filter: ResampleFilter
        switch raw.interpolation {
        // "random" is for training; open_clip takes bicubic otherwise.
        case nil, "bicubic", "random": filter = .bicubic
        case "bilinear": filter = .bilinear
        case .some(let other): throw refuse("asks for interpolation \(other); only bicubic and bilinear are supported")
        }
        var usedFilter = filter
        let resize: Resize
        switch raw.resizeMode ?? "shortest" {
        case "shortest" where outputWidth == outputHeight: resize = .shortestEdge(outputWidth)
        case "shortest":
            resize = .around(width: outputWidth, height: outputHeight)
            // open_clip forgets the interpolation here.
            usedFilter = .bicubic
        case "longest": resize = .inside(width: outputWidth, height: outputHeight)
        case "squash": resize = .exact(width: outputWidth, height: outputHeight)
        case let other: throw refuse("asks for resize_mode \(other); shortest, longest and squash are known")
        }
        guard let fill = (raw.fillColor ?? OneOrThree(channels: [0])).rgb, fill.allSatisfy({ (0...255).contains($0) })
        else {
            throw refuse("needs one or three numbers from 0 to 255 in fill_color")
        }
        self.init(
            resize: resize, filter: usedFilter, centerCrop: true, outputWidth: outputWidth, outputHeight: outputHeight,
            rescaleFactor: 1 / 255.0, mean: mean.map { Float($0) }, standardDeviation: deviation.map { Float($0) },
            fill: fill.map { UInt8($0) }, centering: .torchvision, file: file)
    }
}

/// The file as written.
private struct OpenCLIPPreprocessing: Decodable {
    let size: OneOrThree?
    let mode: String?
    let mean: OneOrThree?
    let deviation: OneOrThree?
    let interpolation: String?
    let resizeMode: String?
    let fillColor: OneOrThree?

    enum CodingKeys: String, CodingKey {
        case size, mode, mean, interpolation
        case deviation = "std"
        case resizeMode = "resize_mode"
        case fillColor = "fill_color"
    }
}

/// A number, or a list of numbers.
private struct OneOrThree: Decodable {
    let channels: [Double]

    /// One for each channel; nil unless there are one or three.
    var rgb: [Double]? {
        switch channels.count {
        case 1: Array(repeating: channels[0], count: 3)
        case 3: channels
        default: nil
        }
    }

    init(channels: [Double]) { self.channels = channels }

    init(from decoder: any Decoder) throws {
        if let number = try? decoder.singleValueContainer().decode(Double.self) {
            channels = [number]
        } else {
            channels = try decoder.singleValueContainer().decode([Double].self)
        }
    }
}
