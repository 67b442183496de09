import { MalformedRecordError } from './errors';

/** One JSON value as it stands in the file; of a number the exact text, which a JavaScript number may not hold. */
export interface JsonScalar {
  readonly type: 'string' | 'number' | 'boolean' | 'null' | 'object';
  readonly text: string;
}

/** In valid JSON a quote always opens a string, so this finds every string whole and every number outside strings. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Parses one line of a publish set: a JSON object, its keys in file order. */
export function parseRecordLine(line: string): Map<string, JsonScalar> {
  const values = parseObject(line);
  const texts = parseObject(line.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`)));
  return new Map(Object.keys(values).map((key) => [key, { type: scalarType(values[key]), text: String(texts[key]) }]));
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new MalformedRecordError(`line: got invalid JSON (${(error as Error).message}), expected an object`);
  }
  if (scalarType(value) !== 'object' || Array.isArray(value)) {
    throw new MalformedRecordError(`line: got ${Array.isArray(value) ? 'an array' : `a ${scalarType(value)}`}, expected an object`);
  }
  return value as Record<string, unknown>;
}

function scalarType(value: unknown): JsonScalar['type'] {
  return value === null ? 'null' : (typeof value as JsonScalar['type']);
}
