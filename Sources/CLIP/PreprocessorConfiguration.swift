/// What preprocessor_config.json or preprocess_cfg.json says, checked.
struct PreprocessorConfiguration: Sendable, Equatable {
    enum Resize: Sendable, Equatable {
        case none
        /// The shorter side gets this many pixels; the aspect ratio stays.
        case shortestEdge(Int)
        /// Both sides are given; the aspect ratio is not kept.
        case exact(width: Int, height: Int)
        /// The picture fits into these sides and touches two of them; the aspect ratio stays.
        case inside(width: Int, height: Int)
        /// The picture covers these sides and ends with two of them; the aspect ratio stays.
        case around(width: Int, height: Int)
    }

    /// Who rounds odd differences between a picture and its crop.
    enum Centering: Sendable, Equatable {
        /// Hugging Face: crops begin at the lower half, padding at the upper.
        case huggingFace
        /// torchvision: crops begin at the even half, padding at the lower.
        case torchvision
    }

    let resize: Resize
    let filter: ResampleFilter
    /// Whether the resized picture is cut (or padded with zeros) to the output size around its centre.
    let centerCrop: Bool
    let outputWidth: Int
    let outputHeight: Int
    /// Factor for bytes; 1 when rescaling is switched off.
    let rescaleFactor: Double
    /// Per channel R, G, B; zeros when normalising is switched off.
    let mean: [Float]
    /// Per channel R, G, B; ones when normalising is switched off.
    let standardDeviation: [Float]
    /// R, G, B beside pictures that are smaller than the output.
    var fill: [UInt8] = [0, 0, 0]
    var centering = Centering.huggingFace
    /// The file that said so, relative to the model's folder.
    var file = transformersFile

    static let transformersFile = "preprocessor_config.json"
    static let openCLIPFile = "visual/preprocess_cfg.json"
}

extension PreprocessorConfiguration {
    /// Reads preprocessor_config.json.
    init(transformers files: FolderFiles) throws(CLIPError) {
        let raw = try files.decode(RawConfiguration.self, from: Self.transformersFile)
        func refuse(_ what: String) -> CLIPError {
            CLIPError(.unsupportedModel, "\(files.path)/\(Self.transformersFile) \(what). Use a CLIP model's own file.")
        }
        func lacks(_ field: String) -> CLIPError {
            CLIPError(
                .missingField, "\(files.path)/\(Self.transformersFile) lacks \(field). Use a CLIP model's own file.")
        }

        if raw.doResize ?? true {
            guard let size = raw.size else { throw lacks("the field size") }
            if let edge = size.edge {
                resize = .shortestEdge(try files.positive(edge, "size", in: Self.transformersFile))
            } else if let width = size.width, let height = size.height {
                resize = .exact(
                    width: try files.positive(width, "size.width", in: Self.transformersFile),
                    height: try files.positive(height, "size.height", in: Self.transformersFile))
            } else {
                throw lacks("size.shortest_edge, or size.height and size.width")
            }
        } else {
            resize = .none
        }
        guard let filter = ResampleFilter(rawValue: raw.resample ?? ResampleFilter.bicubic.rawValue) else {
            throw refuse("asks for resample \(raw.resample ?? 0); only 2 (bilinear) and 3 (bicubic) are supported")
        }
        self.filter = filter

        centerCrop = raw.doCenterCrop ?? true
        if centerCrop {
            guard let crop = raw.cropSize ?? raw.size, let width = crop.width ?? crop.edge,
                let height = crop.height ?? crop.edge
            else { throw lacks("the field crop_size") }
            outputWidth = try files.positive(width, "crop_size.width", in: Self.transformersFile)
            outputHeight = try files.positive(height, "crop_size.height", in: Self.transformersFile)
        } else if case .exact(let width, let height) = resize {
            (outputWidth, outputHeight) = (width, height)
        } else {
            throw refuse("neither crops nor resizes to a fixed size, but the image tower needs one")
        }
        guard outputWidth <= 4096, outputHeight <= 4096 else {
            throw refuse("makes pictures of \(outputWidth)x\(outputHeight), more than 4096 on a side")
        }

        rescaleFactor = raw.doRescale ?? true ? raw.rescaleFactor ?? 1 / 255.0 : 1
        if raw.doNormalize ?? true {
            guard let mean = raw.mean else { throw lacks("the field image_mean") }
            guard let deviation = raw.standardDeviation else { throw lacks("the field image_std") }
            guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
                throw refuse("needs three numbers in image_mean and three positive ones in image_std")
            }
            (self.mean, standardDeviation) = (mean, deviation)
        } else {
            (mean, standardDeviation) = ([0, 0, 0], [1, 1, 1])
        }
    }
}

/// The file as written; every field may be absent.
private struct RawConfiguration: Decodable {
    /// An edge length, or an object with `shortest_edge` or with `height` and `width`.
    struct Size: Decodable {
        let edge: Int?
        let width: Int?
        let height: Int?

        enum CodingKeys: String, CodingKey {
            case edge = "shortest_edge"
            case width, height
        }

        init(from decoder: any Decoder) throws {
            if let edge = try? decoder.singleValueContainer().decode(Int.self) {
                self.edge = edge
                width = nil
                height = nil
            } else {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                edge = try container.decodeIfPresent(Int.self, forKey: .edge)
                width = try container.decodeIfPresent(Int.self, forKey: .width)
                height = try container.decodeIfPresent(Int.self, forKey: .height)
            }
        }
    }

    let doResize: Bool?
    let size: Size?
    let resample: Int?
    let doCenterCrop: Bool?
    let cropSize: Size?
    let doRescale: Bool?
    let rescaleFactor: Double?
    let doNormalize: Bool?
    let mean: [Float]?
    let standardDeviation: [Float]?

    enum CodingKeys: String, CodingKey {
        case doResize = "do_resize"
        case size, resample
        case doCenterCrop = "do_center_crop"
        case cropSize = "crop_size"
        case doRescale = "do_rescale"
        case rescaleFactor = "rescale_factor"
        case doNormalize = "do_normalize"
        case mean = "image_mean"
        case standardDeviation = "image_std"
    }
}
