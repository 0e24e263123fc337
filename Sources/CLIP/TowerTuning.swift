internal import Foundation

/// How a model's towers run best on a machine: chosen once, remembered in the cache of compiled graphs.
///
/// A vector depends on `imagePrecision` and `textPrecision` only, which follow from the processor; the rest is speed.
package struct TowerTuning: Sendable, Codable, Equatable {
    package var imagePrecision: String
    package var textPrecision: String
    package var imageThreads: Int
    package var imageStreams: Int
    package var imageBatch: Int
    /// Over all of its streams.
    package var textThreads: Int
    package var textStreams: Int
    /// What a run of the text tower costs beside its tokens, in tokens.
    package var textOverhead: Double
    /// Of the image tower alone with this batch and these streams; nil when it was not measured.
    package var picturesPerSecond: Double?
    /// Of one text of eight tokens; nil when it was not measured.
    package var textMilliseconds: Double?
    /// Of texts of eight tokens in full batches; nil when it was not measured.
    package var textsPerSecond: Double?
}

/// The file that a tuning is remembered in; it may be deleted at any time.
struct TuningFile: Sendable {
    /// What a tuning was found for; for anything else it is found anew.
    struct Subject: Codable, Equatable, Sendable {
        var version = 2
        let processor: String
        let cores: Int
        let precision: String
        let expectsManyTexts: Bool
        /// Sizes and dates of the graphs.
        let graphs: [String]
    }

    private struct Contents: Codable {
        let subject: Subject
        let tuning: TowerTuning
    }

    let path: String
    let subject: Subject

    init(directory: String, folder: ModelFolder, options: CLIPOptions) {
        subject = Subject(
            processor: Processor.name, cores: Processor.cores, precision: options.precision.rawValue,
            expectsManyTexts: options.expectsManyTexts,
            graphs: Tower.allCases.map { tower in
                let attributes = try? FileManager.default.attributesOfItem(atPath: folder.graph(tower))
                let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
                return "\((attributes?[.size] as? NSNumber)?.intValue ?? 0) \(date)"
            })
        let parts =
            [folder.name, subject.processor, subject.precision] + (options.expectsManyTexts ? ["many texts"] : [])
        let name = parts.joined(separator: "-").map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        path = "\(directory)/tuning-\(String(name)).json"
    }

    /// What was remembered; nil when that is nothing, unreadable or about another model or machine.
    func read() -> TowerTuning? {
        guard let data = FileManager.default.contents(atPath: path),
            let contents = try? JSONDecoder().decode(Contents.self, from: data), contents.subject == subject,
            contents.tuning.isPlausible
        else { return nil }
        return contents.tuning
    }

    /// Best effort: a tuning that cannot be kept is found again the next time.
    func write(_ tuning: TowerTuning) {
        guard let data = try? JSONEncoder().encode(Contents(subject: subject, tuning: tuning)) else { return }
        try? data.write(to: URL(filePath: path), options: .atomic)
    }
}

extension TowerTuning {
    /// A file of the cache may hold anything.
    fileprivate var isPlausible: Bool {
        let precisions = [CLIPOptions.Precision.f32.rawValue, CLIPOptions.Precision.bf16.rawValue]
        return precisions.contains(imagePrecision) && precisions.contains(textPrecision)
            && (1...1024).contains(imageThreads) && (1...imageThreads).contains(imageStreams)
            && (1...256).contains(imageBatch) && (1...1024).contains(textThreads)
            && (1...textThreads).contains(textStreams) && (0...256).contains(textOverhead)
    }

    /// What is known without measuring.
    init(_ options: CLIPOptions, folder: ModelFolder) {
        let cores = Processor.cores
        let rates = options.precision == .automatic ? ProcessorRates.measured() : nil
        func precision(_ tower: Tower) -> String {
            guard let rates else { return options.precision.rawValue }
            let isFaster =
                tower == .text ? rates.favorsBFloat16(weights: folder.graphBytes(.text)) : rates.favorsBFloat16
            return (isFaster ? CLIPOptions.Precision.bf16 : .f32).rawValue
        }
        let threads = options.imageThreads ?? cores
        self.init(
            imagePrecision: precision(.image), textPrecision: precision(.text), imageThreads: threads,
            imageStreams: min(options.imageStreams ?? 1, threads), imageBatch: options.imageBatch ?? 8,
            textThreads: options.textThreads ?? 1,
            textStreams: min(options.textStreams ?? 1, options.textThreads ?? 1), textOverhead: 8)
    }
}

extension ModelFolder {
    /// Bytes of a graph's file; 0 when it cannot be looked at.
    fileprivate func graphBytes(_ tower: Tower) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: graph(tower))
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}
