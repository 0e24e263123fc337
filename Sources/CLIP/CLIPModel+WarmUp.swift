internal import Foundation
import Synchronization

extension CLIPModel {
    /// Compiles the towers and runs each once for every shape, so that the first query is as fast as the rest.
    ///
    /// With a cache, the first warm-up on a machine measures for about a second a tower how it runs best. Blocks for
    /// tenths of a second to seconds.
    ///
    /// Throws: `CLIPError` when a graph does not fit the rest of the folder or cannot be compiled.
    package func warmUp(_ towers: [Tower] = Tower.allCases) throws(CLIPError) {
        let before = tuning
        let load = ProcessorLoad.now()
        // Measured one after the other, but loaded side by side: reading and packing weights keep one core busy each.
        if tuningFile != nil, towers.contains(.text), before.textMilliseconds == nil { try tuneText() }
        if tuningFile != nil, towers.contains(.image), before.picturesPerSecond == nil { try tuneImages() }
        let wasDisturbed = isDisturbed(since: load)
        try inParallel(towers.count) { index throws(CLIPError) in
            switch towers[index] {
            case .text: try self.warmUpText()
            case .image: try self.warmUpImages()
            }
        }
        // What was measured while others used the machine is good enough for now, and measured anew the next time.
        if tuning != before, !wasDisturbed { tuningFile?.write(tuning) }
    }

    /// Whether other programs took so much of the machine since `start` that a measurement says little.
    private func isDisturbed(since start: ProcessorLoad?) -> Bool {
        guard let start, let now = ProcessorLoad.now() else { return false }
        return now.othersShare(since: start, cores: Processor.cores) > options.toleratedLoad
    }

    private func warmUpText() throws(CLIPError) {
        let tower = try textTower()
        // Every stream prepares kernels of its own.
        try inParallel(tower.settings.streams) { _ throws(CLIPError) in
            for length in tower.lengths {
                let text = [Int32](repeating: self.folder.padToken, count: length)
                _ = try tower.run([text], padding: self.folder.padToken)
            }
        }
    }

    private func warmUpImages() throws(CLIPError) {
        let tower = try imageTower()
        let batch = noise(count: tower.fixedBatch ?? 1)
        defer { batches.give(batch) }
        _ = try run(tower, batch, count: 1)
    }

    /// Runs `body` for 0 to `count` - 1 on threads of their own, and waits for all.
    ///
    /// Throws: what the last one of those that failed threw.
    private func inParallel(
        _ count: Int, _ body: @Sendable (Int) throws(CLIPError) -> Void
    ) throws(CLIPError) {
        let failure = Mutex<CLIPError?>(nil)
        DispatchQueue.concurrentPerform(iterations: count) { index in
            do throws(CLIPError) {
                try body(index)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Compiles the image tower as the tuning says.
    ///
    /// Where bfloat16 was our own choice, it must not make a picture's vector depend on its neighbours in the batch, or a
    /// library would depend on who came when: if it does, f32 is taken.
    func compileImageTower(cached: Bool = true) throws(CLIPError) -> ImageTower {
        let tower = try ImageTower(folder, imageSettings(tuning, cached: cached))
        guard options.precision == .automatic, tower.settings.precision == .bf16, tower.fixedBatch == nil,
            try !isIndependentOfBatch(tower)
        else { return tower }
        currentTuning.withLock { $0.imagePrecision = CLIPOptions.Precision.f32.rawValue }
        return try ImageTower(folder, imageSettings(tuning, cached: cached))
    }

    private func isIndependentOfBatch(_ tower: ImageTower) throws(CLIPError) -> Bool {
        let batch = noise(count: 5)
        defer { batches.give(batch) }
        let together = try tower.run(batch, count: 5)
        return try tower.run(batch, count: 1)[0] == together[0] && together[0] == together[4]
    }

    // MARK: Measuring

    /// Pictures a second of the image tower alone with batches of `batch`, while all its streams are busy: the best of
    /// some runs.
    ///
    /// Blocks for `duration` and a bit.
    ///
    /// Throws: `CLIPError`.
    package func picturesPerSecond(batch: Int, during duration: Duration) throws(CLIPError) -> Double {
        let tower = try imageTower()
        let batch = tower.fixedBatch ?? batch
        _ = try measure(tower, batch: batch)
        let stop = ContinuousClock.now + duration
        var best = 0.0
        repeat { best = max(best, try measure(tower, batch: batch)) } while ContinuousClock.now < stop
        return best
    }

    /// Times of the text tower alone on one text of `length` tokens.
    ///
    /// Throws: `CLIPError`.
    package func textTimes(length: Int, count: Int) throws(CLIPError) -> [Duration] {
        let tower = try textTower()
        let tokens = [[Int32](repeating: folder.padToken, count: min(length, folder.contextLength))]
        for _ in 0..<3 { _ = try tower.run(tokens, padding: folder.padToken) }
        var times: [Duration] = []
        for _ in 0..<count {
            let start = ContinuousClock.now
            _ = try tower.run(tokens, padding: folder.padToken)
            times.append(ContinuousClock.now - start)
        }
        return times
    }

    /// Tokens that a text has at most, both end tokens included.
    package var contextLength: Int { folder.contextLength }

    /// Most of the time that one tower is measured.
    private static let budget = Duration.milliseconds(1400)

    /// Chooses streams and batch of the image tower.
    private func tuneImages() throws(CLIPError) {
        let threads = tuning.imageThreads
        var layouts = [1, min(threads, 8)]
        if let streams = options.imageStreams { layouts = [min(streams, threads)] }
        if layouts.count > 1, layouts[0] == layouts[1] { layouts.removeLast() }
        let stop = ContinuousClock.now + Self.budget
        var best: (tower: ImageTower, tuning: TowerTuning, rate: Double)?
        for streams in layouts {
            currentTuning.withLock { $0.imageStreams = streams }
            let tower = try compileImageTower(cached: false)
            let batch = tower.fixedBatch ?? options.imageBatch ?? 4
            _ = try measure(tower, batch: tower.fixedBatch ?? 1)
            var rate = try measure(tower, batch: batch)
            if Double(batch * streams) / rate < (stop - .now) / .seconds(2) {
                rate = max(rate, try measure(tower, batch: batch))
            }
            // One run at a time answers a single picture sooner: more must be worth it.
            if best == nil || rate > 1.05 * (best?.rate ?? 0) {
                var tuning = self.tuning
                tuning.imageBatch = batch
                tuning.picturesPerSecond = rate
                best = (tower, tuning, rate)
            }
        }
        guard var best else { return }
        // Compiled once more, now for the cache, when it is used: the others would fill the cache with their weights.
        dropTower(.image)
        if options.imageBatch == nil, best.tower.fixedBatch == nil {
            for batch in [8, 16] {
                let expected = Double(batch * best.tuning.imageStreams) / best.rate
                guard expected < (stop - .now) / .seconds(1) else { break }
                let rate = try measure(best.tower, batch: batch)
                guard rate > 1.03 * best.rate else { continue }
                best.rate = rate
                best.tuning.imageBatch = batch
                best.tuning.picturesPerSecond = rate
            }
        }
        let tuning = best.tuning
        currentTuning.withLock { $0 = tuning }
    }

    /// Pictures a second while all streams run batches of this size.
    private func measure(_ tower: ImageTower, batch: Int) throws(CLIPError) -> Double {
        let streams = tower.settings.streams
        let inputs = (0..<streams).map { _ in noise(count: batch) }
        defer { for input in inputs { batches.give(input) } }
        let start = ContinuousClock.now
        try inParallel(streams) { index throws(CLIPError) in _ = try tower.run(inputs[index], count: batch) }
        let taken = ContinuousClock.now - start
        return Double(batch * streams) / max(taken / .seconds(1), 1e-6)
    }

    /// Chooses threads and streams of the text tower: runs of one thread side by side, or all threads for one run.
    ///
    /// The latter only where one text, or with ``CLIPOptions/expectsManyTexts`` a batch of them, gains clearly: threads
    /// that wait for each other lose more when something else needs a core.
    private func tuneText() throws(CLIPError) {
        let cores = Processor.cores
        let sideBySide = min(cores, 8)
        var layouts: [(threads: Int, streams: Int)] =
            options.expectsManyTexts
            ? [(cores, sideBySide), (cores, 1)] : [(sideBySide, sideBySide), (min(4, cores), 1)]
        if options.textThreads != nil || options.textStreams != nil {
            let streams = options.textStreams ?? 1
            layouts = [(max(options.textThreads ?? cores, streams), streams)]
        }
        if cores == 1 { layouts = [layouts[0]] }
        var best: TowerTuning?
        for layout in layouts {
            var tuning = self.tuning
            (tuning.textThreads, tuning.textStreams) = layout
            let tower = try TextTower(folder, textSettings(tuning, cached: false))
            let single = try measure(tower, texts: 1, streams: 1)
            let together = tower.fixedBatch ?? 16
            let batch = try measure(tower, texts: together, streams: layout.streams)
            tuning.textMilliseconds = single
            tuning.textsPerSecond = Double(together * layout.streams) / batch * 1000
            // A token's time, from what the further texts cost.
            let token = (batch - single) / Double(max(together - 1, 1) * 8)
            tuning.textOverhead = token > 0 ? min(max(single / token - 8, 0), 64) : 64
            let isBetter =
                options.expectsManyTexts
                ? tuning.textsPerSecond ?? 0 > 1.1 * (best?.textsPerSecond ?? 0)
                : single < 0.8 * (best?.textMilliseconds ?? .infinity)
            if isBetter { best = tuning }
        }
        guard let best else { return }
        currentTuning.withLock { $0 = best }
        dropTower(.text)
    }

    /// Milliseconds of a run of `texts` texts of eight tokens while `streams` such runs go on: the best of some.
    private func measure(_ tower: TextTower, texts: Int, streams: Int) throws(CLIPError) -> Double {
        let tokens = (0..<texts).map { _ in [Int32](repeating: folder.padToken, count: min(8, folder.contextLength)) }
        let stop = ContinuousClock.now + Self.budget / 4
        var best = Double.infinity
        for trial in 0..<12 {
            let start = ContinuousClock.now
            try inParallel(streams) { _ throws(CLIPError) in _ = try tower.run(tokens, padding: self.folder.padToken) }
            let end = ContinuousClock.now
            // The first run prepares kernels.
            if trial > 0 { best = min(best, (end - start) / .milliseconds(1)) }
            if trial > 1, end > stop { break }
        }
        return best
    }

    /// Made-up pictures: zeros would be faster than life on some processors.
    private func noise(count: Int) -> TensorBatch {
        let batch = batches.take(count)
        for place in 0..<count {
            batch.withPlace(place) { floats in
                var state: UInt32 = 1
                for index in floats.indices {
                    state = state &* 1_664_525 &+ 1_013_904_223
                    floats[index] = Float(state >> 8) / Float(1 << 23) - 1
                }
            }
        }
        return batch
    }
}

extension TowerTuning {
    /// What was remembered, but for what is asked for now.
    func overridden(by options: CLIPOptions) -> TowerTuning {
        var tuning = self
        if let threads = options.imageThreads, threads != imageThreads {
            tuning.imageThreads = threads
            tuning.imageStreams = min(imageStreams, threads)
            tuning.picturesPerSecond = nil
        }
        if let streams = options.imageStreams { tuning.imageStreams = min(streams, tuning.imageThreads) }
        if let batch = options.imageBatch { tuning.imageBatch = batch }
        if let threads = options.textThreads, threads != textThreads {
            tuning.textThreads = threads
            tuning.textStreams = min(textStreams, threads)
            tuning.textMilliseconds = nil
        }
        if let streams = options.textStreams { tuning.textStreams = min(streams, tuning.textThreads) }
        return tuning
    }
}
