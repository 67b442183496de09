import * as fs from 'node:fs';
import * as path from 'node:path';
import { Token } from 'aws-cdk-lib';
import { ERROR_CODES, MedallionError, Problems, quoted } from '../../src/private/errors';

const ROOT = path.join(__dirname, '..', '..');

describe('MedallionError', () => {
  test('says where, what, what instead and how, one line for each problem', () => {
    const problems = new Problems();
    problems.add('a.b', '1', '2', 'add 1');
    problems.add('c', '3', '4', 'add 1 again');

    expect(() => problems.throwIfAny('InvalidProperty')).toThrow(new MedallionError('InvalidProperty', [
      { where: 'a.b', got: '1', expected: '2', fix: 'add 1' }, { where: 'c', got: '3', expected: '4', fix: 'add 1 again' },
    ]));
    expect(() => problems.throwIfAny('InvalidProperty')).toThrow('a.b: got 1, expected 2; add 1\nc: got 3, expected 4; add 1 again');
  });

  test('is not thrown when there are no problems', () => {
    expect(() => new Problems().throwIfAny('InvalidProperty')).not.toThrow();
  });

  test('has each of its codes in docs/errors.md, and no others', () => {
    const text = fs.readFileSync(path.join(ROOT, 'docs', 'errors.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);

    expect(documented).toEqual([...ERROR_CODES]);
  });
});

describe('quoted', () => {
  test.each([['text', "'text'"], [5, '5'], [NaN, 'NaN'], [Token.asString({ Ref: 'X' }), 'a token'], [Token.asNumber({ Ref: 'X' }), 'a token']])(
    'writes %p without the text of a token', (value, text) => {
      expect(quoted(value)).toBe(text);
    },
  );
});
