import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import vectors from '../fixtures/entity-keys.json';

const TEXT = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'feature-semantics.md'), 'utf8');

/** The function that the document gives to readers in TypeScript. */
function documented(): (...values: string[]) => string {
  const [, source] = /```ts\n(const entityKey = [^`]*)```/.exec(TEXT)!;
  return new Function(`${ts.transpile(source)}; return entityKey;`)();
}

const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('hex');

describe('the key of a composite entity', () => {
  test.each(vectors.map(({ about, values, utf8: bytes }) => [about, values, bytes] as const))('is what JSON.stringify gives: %s', (_, values, bytes) => {
    expect(utf8(JSON.stringify(values))).toBe(bytes);
    expect(utf8(documented()(...values))).toBe(bytes);
  });

  test('has no halves of surrogate pairs, which JSON.stringify would escape', () => {
    expect(vectors.flatMap(({ values }) => values).filter((value) => /\p{Surrogate}/u.test(value))).toEqual([]);
    expect(JSON.stringify(['\ud800'])).toBe('["\\ud800"]');
  });
});
