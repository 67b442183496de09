import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { isPath, parsedSource, pathText, sourceSpelling } from '../../../src/spec/private/source-path';

/** Why a text was refused. */
function refusal(text: string): string {
  const parsed = parsedSource(text);
  return isPath(parsed) ? `understood as ${JSON.stringify(parsed)}` : `got ${parsed.got}; ${parsed.fix}`;
}

describe('parsedSource', () => {
  test.each<[string, Array<string | number>]>([
    // the name of a key, exactly as it is written
    ['card_id', ['card_id']],
    ['cardId', ['cardId']],
    ['Card Number', ['Card Number']],
    ['card-id', ['card-id']],
    ['größe', ['größe']],
    ['a$b', ['a$b']],
    ["it's", ["it's"]],
    // paths
    ['$.card_id', ['card_id']],
    ['$.payment.card.id', ['payment', 'card', 'id']],
    ["$['card.id'].x", ['card.id', 'x']],
    ['$["Card Number"]', ['Card Number']],
    ['$.items[0].id', ['items', 0, 'id']],
    ['$.matrix[10][2]', ['matrix', 10, 2]],
    ["$.a['b']['c'].d", ['a', 'b', 'c', 'd']],
    ['$.größe.😀', ['größe', '😀']],
    ["$['$insert_id']", ['$insert_id']],
    ["$[' ']", [' ']],
    // the escapes of JSON in either quotes, and the quote itself in its own
    ["$['it\\'s']", ["it's"]],
    ['$["it\'s"]', ["it's"]],
    ["$['say \"hi\"']", ['say "hi"']],
    ['$["say \\"hi\\""]', ['say "hi"']],
    ["$['a\\\\b']", ['a\\b']],
    ["$['a\\/b\\n\\t\\u0041']", ['a/b\n\tA']],
    ["$['\\ud83d\\ude00']", ['😀']],
    ["$[']']", [']']],
    ["$['0']", ['0']],
    ['$.a[9007199254740991]', ['a', 2 ** 53 - 1]],
  ])('understands %s', (text, path) => {
    expect(parsedSource(text)).toEqual(path);
  });

  test.each([
    ['', "got an empty text; write '$[\"...\"]' for a key, or leave the option out"],
    ['$', "got '$', the whole event; name the key"],
    ["$['']", "got '$['']'; name a key of one character or more"],
    ['$.a[""]', "got '$.a[\"\"]'; name a key of one character or more"],
    ['$[0].id', "got '$[0].id'; begin with a key, since an event is an object"],
    ['$.items[-1]', "got '$.items[-1]'; count from the beginning of the array, where the first index is 0"],
    ['$.items[01]', "got '$.items[01]'; correct it from '[01]' on"],
    ['$.items[1.5]', "got '$.items[1.5]'; correct it from '[1.5]' on"],
    ['$.a[9007199254740992]', "got '$.a[9007199254740992]'; correct it from '[9007199254740992]' on"],
    ['$.items[*].id', "got '$.items[*].id'; correct it from '[*].id' on"],
    ['$.items[0:2]', "got '$.items[0:2]'; correct it from '[0:2]' on"],
    ['$.items[?@.a]', "got '$.items[?@.a]'; correct it from '[?@.a]' on"],
    ['$..id', "got '$..id'; correct it from '..id' on"],
    ['$.a.', "got '$.a.'; correct it from '.' on"],
    ['$.*', "got '$.*'; correct it from '.*' on"],
    ['$.card-id', "got '$.card-id'; correct it from '-id' on"],
    ['$.1st', "got '$.1st'; correct it from '.1st' on"],
    ['$.a b', "got '$.a b'; correct it from ' b' on"],
    ["$['a", "got '$['a'; correct it from '['a' on"],
    ["$['a'x]", "got '$['a'x]'; correct it from '['a'x]' on"],
    ["$[ 'a' ]", "got '$[ 'a' ]'; correct it from '[ 'a' ]' on"],
    ['$[a]', "got '$[a]'; correct it from '[a]' on"],
    ["$['\\x']", "got '$['\\x']'; correct it from '['\\x']' on"],
    ["$['\\ud800']", "got '$['\\ud800']'; correct it from '['\\ud800']' on"],
    ["$['a\nb']", "got '$['a\nb']'; correct it from '['a\nb']' on"],
    ['$\ud800', 'got half of a surrogate pair; write whole characters'],
    ['$insert_id', "got '$insert_id'; write '$[\"$insert_id\"]' for a key that begins with '$'"],
    ['payment.card', "got 'payment.card'; write '$[\"payment.card\"]', or '$.payment.card' for an object in an object"],
    ['a..b', "got 'a..b'; write '$[\"a..b\"]'"],
    ['items[0]', "got 'items[0]'; write '$[\"items[0]\"]', or '$.items[0]' for an object in an object"],
    [`$.${'a'.repeat(999)}`, 'got 1001 characters; correct the path'],
  ])('refuses %j', (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  test('accepts 1,000 characters', () => {
    expect(parsedSource(`$.${'a'.repeat(998)}`)).toEqual(['a'.repeat(998)]);
  });

  test('prints no token', () => {
    const token = Lazy.string({ produce: () => 'secret' });

    expect(refusal(token)).toBe('got a token; write it in literal text');
    expect(sourceSpelling(token)).toBeUndefined();
  });
});

describe('pathText', () => {
  const key = fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom('a', 'a.b', "'", '"', '\\', '\n', '\u2028', '😀', ']', '$', '0'))
    .filter((text) => text.length < 50);
  const path = fc.tuple(key, fc.array(fc.oneof(key, fc.nat()), { maxLength: 5 })).map(([first, rest]) => [first, ...rest]);

  test('is understood as the path that it was written for', () => {
    fc.assert(fc.property(path, (steps) => {
      expect(parsedSource(pathText(steps))).toEqual(steps);
    }), { numRuns: 500 });
  });
});

describe('any text', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom('$', '.', '[', ']', "'", '"', '\\', 'a', '0', '-1', '*', ' ', '\ud800', 'u0041', '😀')).map((parts) => parts.join('')),
  );

  test('is understood or refused, and has a spelling as a key where it is refused', () => {
    fc.assert(fc.property(anyText, (text) => {
      const parsed = parsedSource(text);
      if (isPath(parsed)) {
        expect(typeof parsed[0]).toBe('string');
        expect(parsed).not.toContain('');
      } else {
        expect(parsed.got).not.toBe('');
      }
      if (!/\p{Surrogate}/u.test(text) && text !== '') expect(parsedSource(pathText([text]))).toEqual([text]);
    }), { numRuns: 2_000 });
  });
});
