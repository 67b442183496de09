import { Size } from 'aws-cdk-lib';
import { Problems } from '../private/errors';

interface MemoryRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** Memory in GiB that EMR Serverless accepts for each number of vCPUs. */
const MEMORY_BY_VCPU: Readonly<Record<number, MemoryRange>> = {
  1: { min: 2, max: 8, step: 1 },
  2: { min: 4, max: 16, step: 1 },
  4: { min: 8, max: 30, step: 1 },
  8: { min: 16, max: 60, step: 4 },
  16: { min: 32, max: 120, step: 8 },
};

/** The JVM's share of a worker; the rest is for Python, where Arrow batches and numpy arrays live. */
const HEAP_SHARE = 0.6;

const MIB_PER_GIB = 1024;

/** CPU and memory of one Spark worker, in a pair that EMR Serverless accepts. */
export class WorkerSize {
  /** 1 vCPU and 4 GiB. */
  public static readonly SMALL = WorkerSize.of(1, Size.gibibytes(4));

  /** 2 vCPU and 8 GiB. */
  public static readonly MEDIUM = WorkerSize.of(2, Size.gibibytes(8));

  /** 4 vCPU and 16 GiB. */
  public static readonly LARGE = WorkerSize.of(4, Size.gibibytes(16));

  /**
   * A pair of vCPUs and memory.
   *
   * @param vcpu 1, 2, 4, 8 or 16
   * @param memory of the whole worker: the JVM's heap, its overhead and Python together
   * @throws MedallionError when EMR Serverless does not offer the pair
   */
  public static of(vcpu: number, memory: Size): WorkerSize {
    const gib = memory.toMebibytes() / MIB_PER_GIB;
    const range: MemoryRange | undefined = MEMORY_BY_VCPU[vcpu];
    const problems = new Problems();
    if (!range) {
      problems.add('WorkerSize.vcpu', `${vcpu}`, `one of ${Object.keys(MEMORY_BY_VCPU).join(', ')}`, 'use the next larger one');
    } else if (gib < range.min || gib > range.max || (gib - range.min) % range.step !== 0) {
      const expected = `${range.min} to ${range.max} GiB in steps of ${range.step}`;
      problems.add('WorkerSize.memory', `${gib} GiB with ${vcpu} vCPU`, expected, 'choose a pair that EMR Serverless offers');
    }
    problems.throwIfAny('InvalidProperty');
    return new WorkerSize(vcpu, memory);
  }

  private constructor(
    /** Virtual CPUs; also the number of Spark tasks that run at once in the worker. */
    public readonly vcpu: number,
    /** Memory of the whole worker. */
    public readonly memory: Size,
  ) {}

  /** The JVM heap as Spark writes it, for example `2457m`. */
  public get heap(): string {
    return `${this.heapMebibytes()}m`;
  }

  /** The memory outside the heap as Spark writes it; heap and overhead add up to the worker. */
  public get overhead(): string {
    return `${this.memory.toMebibytes() - this.heapMebibytes()}m`;
  }

  private heapMebibytes(): number {
    return Math.floor(this.memory.toMebibytes() * HEAP_SHARE);
  }
}
