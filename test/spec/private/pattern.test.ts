import { patternProblem } from '../../../src/spec/private/pattern';

describe('patternProblem', () => {
  test.each([
    '^[A-Z]{3}$', '^\\d{4}-\\d{2}$', 'a|b', '(?:ab)+', 'x(?=y)', 'x(?!y)', '[^\\]\\\\]', '^\\w+@\\w+\\.com$', 'a{2,}', 'a{2,5}?', '[(?<]', '\\x41\\u0042',
    '\ud83d\ude00', '\\ud83d', '[\\s\\S]\\B.', '^\\/$', 'a{1000}', 'a'.repeat(1_000),
  ])('accepts %p, of what both languages know', (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });

  test.each([
    ['(', 'invalid syntax'],
    ['a{,3}', 'invalid syntax'],
    ['*a', 'invalid syntax'],
    ['[z-a]', 'invalid syntax'],
    ['(?P<name>a)', 'invalid syntax'],
    ['(?i)a', 'invalid syntax'],
    ['(?<name>a)', "the group '(?<'"],
    ['(?<=a)b', "the group '(?<'"],
    ['(?<!a)b', "the group '(?<'"],
    ['(a)\\1', "the escape '\\1'"],
    ['\\p{L}', "the escape '\\p'"],
    ['\\cA', "the escape '\\c'"],
    ['\\u{41}', "the escape '\\u'"],
    ['\\0', "the escape '\\0'"],
    ['a\ud83d', 'half of a surrogate pair'],
    ['\ude00', 'half of a surrogate pair'],
    ['[]', 'an empty character class'],
    ['[^]', 'an empty character class'],
    ['a{1001}', 'more than 1000 repetitions'],
    ['a{1,1001}', 'more than 1000 repetitions'],
    ['', '0 characters'],
    ['a'.repeat(1_001), '1001 characters'],
  ])('refuses %p', (pattern, problem) => {
    expect(patternProblem(pattern)).toBe(problem);
  });
});
