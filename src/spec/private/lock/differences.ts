import { isDeepStrictEqual } from 'node:util';
import { Problems, quoted } from '../../../private/errors';
import { durationText } from '../durations';

const LONGEST_JSON = 80;
const DURATION = /Us$/;

/**
 * Notes every part in which a declared value differs from the locked one, down to the smallest part that both have.
 *
 * It knows nothing of what the parts mean, so that a part that a later version adds to a document is compared as well.
 */
export function addDifferences(problems: Problems, where: string, locked: unknown, declared: unknown, fix: string): void {
  if (isDeepStrictEqual(locked, declared)) return;
  if (isObject(locked) && isObject(declared)) {
    const keys = new Set([...Object.keys(locked), ...Object.keys(declared)]);
    keys.forEach((key) => addDifferences(problems, `${where}.${key}`, partOf(locked, key), partOf(declared, key), fix));
  } else if (Array.isArray(locked) && Array.isArray(declared) && locked.length === declared.length) {
    locked.forEach((item, index) => addDifferences(problems, `${where}[${index}]`, item, declared[index], fix));
  } else {
    problems.add(where, shown(where, declared), `${shown(where, locked)}, which is locked`, fix);
  }
}

/** A value as JSON, cut if it is very long. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_JSON ? `${text.slice(0, LONGEST_JSON)}...` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function partOf(value: Record<string, unknown>, key: string): unknown {
  return Object.prototype.hasOwnProperty.call(value, key) ? value[key] : undefined;
}

function shown(where: string, value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' && DURATION.test(where) ? durationText(value) : jsonText(value);
}
