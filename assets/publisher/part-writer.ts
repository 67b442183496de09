import { BATCH_SIZE, BatchOutcome, BatchWriter, RefusedRecord } from './batch-writer';
import { MalformedRecordError } from './errors';
import { FeatureRecord } from './feature-record';

/** How a part of a publish set is read and written. */
export interface PartWriterOptions {
  readonly writer: BatchWriter;
  /** Turns one line into a record; fails with `MalformedRecordError`. */
  readonly parse: (line: string) => FeatureRecord;
  readonly maxConcurrentBatches: number;
  /** Whether no further line may be read. */
  readonly outOfTime: () => boolean;
}

/** What became of a part. */
export interface PartOutcome {
  /** Lines read: each is written, refused or unwritten. */
  readonly attempted: number;
  readonly written: number;
  readonly retried: number;
  readonly refused: RefusedRecord[];
  readonly unwritten: number;
  /** Whether every line was read. */
  readonly complete: boolean;
}

/** Writes every line of a part, in batches of different entities, several batches at a time. */
export function writePart(lines: AsyncIterable<string>, options: PartWriterOptions): Promise<PartOutcome> {
  return new PartWriter(options).write(lines);
}

/**
 * The batches of one part.
 *
 * An entity that comes again waits until everything before it is settled: two writes of one entity never run at
 * the same time, nor overtake each other. The first failure that is not about a record stops the reading and is
 * thrown when the running batches have ended.
 */
class PartWriter {
  private readonly running = new Set<Promise<void>>();
  private readonly busy = new Set<string>();
  private readonly refused: RefusedRecord[] = [];
  private batch: FeatureRecord[] = [];
  private attempted = 0;
  private written = 0;
  private retried = 0;
  private unwritten = 0;
  private failure?: { readonly cause: unknown };

  constructor(private readonly options: PartWriterOptions) {}

  public async write(lines: AsyncIterable<string>): Promise<PartOutcome> {
    let complete = true;
    try {
      for await (const line of lines) {
        if (this.failure !== undefined || this.options.outOfTime()) {
          complete = false;
          break;
        }
        await this.add(line);
      }
      await this.flush();
    } catch (cause) {
      this.failure ??= { cause };
    }
    await this.drain();
    if (this.failure !== undefined) throw this.failure.cause;
    const { attempted, written, retried, refused, unwritten } = this;
    return { attempted, written, retried, refused, unwritten, complete };
  }

  private async add(line: string): Promise<void> {
    this.attempted += 1;
    const record = this.parse(line);
    if (record === undefined) return;
    if (this.busy.has(record.entity)) {
      await this.flush();
      await this.drain();
    }
    this.busy.add(record.entity);
    this.batch.push(record);
    if (this.batch.length === BATCH_SIZE) await this.flush();
  }

  private parse(line: string): FeatureRecord | undefined {
    try {
      return this.options.parse(line);
    } catch (error) {
      if (!(error instanceof MalformedRecordError)) throw error;
      this.refused.push({ line, errorCode: 'MalformedRecord', errorMessage: error.message });
      return undefined;
    }
  }

  /** Begins to write the current batch, as soon as fewer than the allowed number are running. */
  private async flush(): Promise<void> {
    if (this.batch.length === 0) return;
    const batch = this.batch;
    this.batch = [];
    while (this.running.size >= this.options.maxConcurrentBatches) await Promise.race(this.running);
    const run: Promise<void> = this.writeBatch(batch).finally(() => this.running.delete(run));
    this.running.add(run);
  }

  private async drain(): Promise<void> {
    await Promise.all(this.running);
  }

  private async writeBatch(batch: readonly FeatureRecord[]): Promise<void> {
    try {
      this.count(await this.options.writer.write(batch));
    } catch (cause) {
      this.failure ??= { cause };
    }
    batch.forEach((record) => this.busy.delete(record.entity));
  }

  private count(outcome: BatchOutcome): void {
    this.written += outcome.written;
    this.retried += outcome.retried;
    this.refused.push(...outcome.refused);
    this.unwritten += outcome.unwritten.length;
  }
}
