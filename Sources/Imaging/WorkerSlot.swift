import Core
import Foundation

/// One thread of the pool and the worker that it speaks with.
///
/// The thread that starts a process must live as long as it, for the kernel ends the process with its parent's thread.
/// `@unchecked Sendable`: after `start()` everything is touched by that thread alone.
final class WorkerSlot: @unchecked Sendable {
    private let index: Int
    private let line: DecodeLine
    private let records: WorkerRecords
    private let options: ShrinkOptions
    private let configuration: DecodeWorkerPool.Configuration
    private let interrupt = Interrupt()
    private var worker: WorkerProcess?
    private var hasHadWorker = false

    init(
        index: Int, line: DecodeLine, records: WorkerRecords, options: ShrinkOptions,
        configuration: DecodeWorkerPool.Configuration
    ) {
        self.index = index
        self.line = line
        self.records = records
        self.options = options
        self.configuration = configuration
    }

    func start() {
        let thread = Thread { [self] in
            while let job = line.next() {
                let outcome = outcome(of: job)
                records.update { statistics in
                    statistics.items += 1
                    guard case .failure(let error) = outcome else { return }
                    switch error.code {
                    case .workerCrashed: statistics.crashed += 1
                    case .workerTimedOut: statistics.timedOut += 1
                    case .outOfMemory: statistics.outOfMemory += 1
                    default: break
                    }
                }
                job.finish(outcome)
            }
            retire(patience: .seconds(1))
            records.slotEnded()
        }
        thread.name = "decode-\(index)"
        thread.start()
    }

    /// Has a worker do the job; a second one when the first died of it and may have had old troubles.
    private func outcome(of job: DecodeJob) -> DecodeJob.Outcome {
        let served = worker?.served ?? 0
        let first = attempt(job)
        guard case .failure(let error) = first, !job.isCancelled else { return first }
        // A worker that was killed from outside, or ran out of memory after others, proves nothing about the picture;
        // one that dies of it twice does. Forbidden calls and endless work are not tried again.
        switch error.code {
        case .workerCrashed where (error.cause as? WorkerDeath)?.signal != SIGSYS: return attempt(job)
        case .outOfMemory where served > 0:
            retire(patience: .zero)
            return attempt(job)
        default: return first
        }
    }

    private func attempt(_ job: DecodeJob) -> DecodeJob.Outcome {
        do throws(ImagingError) {
            guard let interrupt else {
                throw ImagingError(.unavailable, "Too many files are open to wait for a decoding worker.")
            }
            interrupt.clear()
            guard job.begin(interruptedBy: interrupt) else {
                throw ImagingError(.cancelled, "The picture was not wanted any more.")
            }
            let worker = try readyWorker()
            let answer = try worker.serve(job, options: options, interrupt: interrupt)
            note(worker)
            return .success(answer)
        } catch {
            if let worker {
                if worker.isUsable { note(worker) } else { retire(patience: .zero) }
            }
            return .failure(error)
        }
    }

    private func note(_ worker: WorkerProcess) {
        records.used(worker.processorTime, peakBytes: worker.peakBytes, in: index)
        records.update { $0.decodes += worker.takeDecodes() }
    }

    private func readyWorker() throws(ImagingError) -> WorkerProcess {
        if let worker { return worker }
        let started = try WorkerProcess.start(configuration, options: options)
        records.started(started.process, in: index, isolation: started.warning)
        if hasHadWorker { records.update { $0.replaced += 1 } }
        hasHadWorker = true
        worker = started
        return started
    }

    private func retire(patience: Duration) {
        guard let worker else { return }
        records.update { $0.decodes += worker.takeDecodes() }
        let (processorTime, peakBytes) = worker.end(patience: patience)
        records.ended(using: processorTime, peakBytes: peakBytes, in: index)
        self.worker = nil
    }
}
