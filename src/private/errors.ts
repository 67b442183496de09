import { Token } from 'aws-cdk-lib';

/** Every code that an error of this library can carry; each has an entry in `docs/errors.md`. */
export const ERROR_CODES = [
  'ConflictingProperties',
  'InvalidFeatureSpec',
  'InvalidProperty',
  'MissingAsset',
  'SpecLockOutdated',
  'SpecLockViolated',
  'UnknownName',
] as const;

/** A stable name for a kind of error, which programs may compare. */
export type ErrorCode = typeof ERROR_CODES[number];

/** One thing that is wrong in a declaration, with the way out of it. */
export interface Problem {
  /** The path of the declaration, such as `features.txn_count_1h.window`. */
  readonly where: string;
  /** What was declared; user text goes through `quoted`, so that no token is printed. */
  readonly got: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What to change. */
  readonly fix: string;
}

/** The one error class of this library: all problems of one declaration, in its order. */
export class MedallionError extends Error {
  public readonly name = 'MedallionError';

  constructor(public readonly code: ErrorCode, public readonly problems: Problem[]) {
    super(problems.map(problemText).join('\n'));
  }
}

/** Collects problems, so that one error can name them all. */
export class Problems {
  private readonly found: Problem[] = [];

  public add(where: string, got: string, expected: string, fix: string): void {
    this.found.push({ where, got, expected, fix });
  }

  /** Throws one error with everything that was added, or does nothing. */
  public throwIfAny(code: ErrorCode): void {
    if (this.found.length > 0) throw new MedallionError(code, this.found);
  }
}

const LONGEST_QUOTE = 80;

/** A value as it may stand in a message: strings in quotes, cut if very long, and never the text of a token. */
export function quoted(value: string | number): string {
  if (Token.isUnresolved(value)) return 'a token';
  if (typeof value !== 'string') return `${value}`;
  return value.length > LONGEST_QUOTE ? `'${value.slice(0, LONGEST_QUOTE)}...'` : `'${value}'`;
}

function problemText({ where, got, expected, fix }: Problem): string {
  return `${where}: got ${got}, expected ${expected}; ${fix}`;
}
