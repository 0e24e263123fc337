/// A repository that is known to hold a model in one of the two layouts.
package struct KnownModel: Sendable, Equatable {
    /// `owner/name` on the endpoint.
    package let repository: String
    /// A branch, a tag or a commit.
    package let revision: String
    /// Other names that people know it by: the weights' first home, short names.
    package let aliases: [String]
    package let layout: ModelFiles.Layout
    /// Components of an embedding.
    package let dimension: Int
    /// Bytes to download, where its pages say so.
    package let size: Int?
    /// Of the weights, as their pages state it; `see its page` where they state none that is plain.
    package let licence: String
    package let note: String

    /// The folder that it is installed in.
    package var name: String { String(repository.drop { $0 != "/" }.dropFirst()) }

    /// Sizes and layouts are those of the repositories' pages; quality and time are those of immich's comparison (mean
    /// recall of Crossmodal-3600 in English, milliseconds a picture on a desktop processor).
    package static let all: [KnownModel] = [
        KnownModel(
            repository: "immich-app/ViT-B-32__laion2b-s34b-b79k", revision: "main",
            aliases: [
                "laion/clip-vit-b-32-laion2b", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "clip-vit-b-32-laion2b",
                "vit-b-32-laion2b",
            ], layout: .immich, dimension: 512, size: 609_000_000, licence: "MIT",
            note: "recommended: as fast as OpenAI's B/32 and 9 points better (68.8 % recall, 2.3 ms)"),
        KnownModel(
            repository: "Xenova/clip-vit-base-patch32", revision: "main",
            aliases: ["openai/clip-vit-base-patch32", "clip-vit-base-patch32", "clip", "vit-b-32"],
            layout: .transformers, dimension: 512, size: 609_000_000, licence: "see its page",
            note: "OpenAI's CLIP, B/32 (59.4 % recall, 2.3 ms)"),
        KnownModel(
            repository: "Xenova/clip-vit-base-patch16", revision: "main",
            aliases: ["openai/clip-vit-base-patch16", "clip-vit-base-patch16", "vit-b-16"], layout: .transformers,
            dimension: 512, size: 603_000_000, licence: "see its page",
            note: "OpenAI's CLIP, B/16 (58.3 % recall, 5.0 ms)"),
        KnownModel(
            repository: "Xenova/clip-vit-large-patch14", revision: "main",
            aliases: ["openai/clip-vit-large-patch14", "clip-vit-large-patch14", "vit-l-14"], layout: .transformers,
            dimension: 768, size: nil, licence: "see its page",
            note: "OpenAI's CLIP, L/14 (60.1 % recall, 20 ms)"),
        KnownModel(
            repository: "immich-app/ViT-L-14__laion2b-s32b-b82k", revision: "main",
            aliases: ["laion/CLIP-ViT-L-14-laion2B-s32B-b82K", "vit-l-14-laion2b"], layout: .immich, dimension: 768,
            size: nil, licence: "MIT", note: "OpenCLIP, L/14 (69.9 % recall, 21 ms)"),
        KnownModel(
            repository: "immich-app/ViT-B-32-SigLIP2-256__webli", revision: "main",
            aliases: ["siglip2-b-32", "timm/ViT-B-32-SigLIP2-256"], layout: .immich, dimension: 768, size: nil,
            licence: "Apache 2.0", note: "SigLIP 2, many languages (73.2 % recall, 3.3 ms)"),
        KnownModel(
            repository: "immich-app/ViT-B-16-SigLIP2__webli", revision: "main",
            aliases: ["siglip2-b-16", "timm/ViT-B-16-SigLIP2"], layout: .immich, dimension: 768, size: nil,
            licence: "Apache 2.0", note: "SigLIP 2, many languages (75.2 % recall, 5.8 ms)"),
        KnownModel(
            repository: "Xenova/mobileclip_s2", revision: "main",
            aliases: ["apple/MobileCLIP-S2", "mobileclip", "mobileclip-s2"], layout: .transformers, dimension: 512,
            size: nil, licence: "Apple's sample code licence, see its page", note: "MobileCLIP, small and fast"),
        KnownModel(
            repository: "onnx-community/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M-ONNX", revision: "main",
            aliases: ["wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M", "tinyclip"], layout: .transformers, dimension: 512,
            size: nil, licence: "MIT", note: "TinyCLIP, the smallest"),
    ]

    /// The model of that repository, name or alias, whatever its case.
    package static func named(_ name: String) -> KnownModel? {
        let wanted = name.lowercased()
        return all.first { $0.names.contains(wanted) }
    }

    /// Up to three repositories whose names are like `name`, the most alike first.
    package static func nearest(to name: String) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        let ranked = all.filter { !$0.names.contains(name.lowercased()) }.map { model in
            (
                model.repository,
                model.names.map { Double(distance(wanted, Array($0.utf8))) / Double(max(wanted.count, $0.utf8.count)) }
                    .min() ?? 1
            )
        }.filter { $0.1 < 0.5 }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
        return ranked.prefix(3).map(\.0)
    }

    private var names: [String] { ([repository, name] + aliases).map { $0.lowercased() } }

    /// Insertions, deletions and replacements that make one of the other (Levenshtein).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[b.count]
    }
}
