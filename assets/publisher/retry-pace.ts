/** How attempts are spaced and when they end. */
export interface RetryPaceOptions {
  /** Milliseconds that may still be spent; read before every attempt. */
  readonly remaining: () => number;
  /** Attempts for one request before its records are given up. @default 10 */
  readonly maxAttempts?: number;
  /** A number in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** @default - waits in real time */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

const BASE_MS = 100;
const CAP_MS = 5_000;
const DEFAULT_MAX_ATTEMPTS = 10;

/** Exponential backoff with full jitter, bounded by attempts and by the time that is left. */
export class RetryPace {
  private readonly remaining: () => number;
  private readonly maxAttempts: number;
  private readonly random: () => number;
  private readonly sleep: (milliseconds: number) => Promise<void>;

  constructor(options: RetryPaceOptions) {
    this.remaining = options.remaining;
    this.maxAttempts = options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
    this.random = options.random ?? Math.random;
    this.sleep = options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  }

  /** Whether no further attempt may begin. */
  public get outOfTime(): boolean {
    return this.remaining() <= 0;
  }

  /** Waits before this attempt (the first is 1); false when it must not be made. */
  public async before(attempt: number): Promise<boolean> {
    if (attempt > this.maxAttempts || this.outOfTime) return false;
    if (attempt === 1) return true;
    const delay = this.random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 2));
    if (delay >= this.remaining()) return false;
    await this.sleep(delay);
    return true;
  }
}
