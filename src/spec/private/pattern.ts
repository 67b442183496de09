import { MAX_PATTERN_LENGTH, MAX_PATTERN_REPEAT } from './limits';

const HALF_A_CHARACTER = /\p{Surrogate}/u;
const COMMON_ESCAPES = /^\\(?:[dDwWsSbBtnrfv]|[\^$\\.*+?()[\]{}|/-]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})/;

/**
 * Why a regular expression cannot be used, or undefined if the jobs can give it its meaning in JavaScript.
 *
 * JavaScript's parser finds broken syntax; the walk finds what Python has no words for.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length === 0 || pattern.length > MAX_PATTERN_LENGTH) return `${pattern.length} characters`;
  if (HALF_A_CHARACTER.test(pattern)) return 'half of a surrogate pair';
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'invalid syntax';
  }
  return foreignConstruct(pattern);
}

function foreignConstruct(pattern: string): string | undefined {
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const rest = pattern.slice(at);
    if (rest[0] === '\\') {
      const escape = COMMON_ESCAPES.exec(rest);
      if (escape === null) return `the escape '${rest.slice(0, 2)}'`;
      at += escape[0].length - 1;
    } else if (inClass) {
      if (rest[0] === ']') inClass = false;
    } else if (rest[0] === '[') {
      if (/^\[\^?\]/.test(rest)) return 'an empty character class';
      inClass = true;
    } else if (/^\(\?(?![:=!])/.test(rest)) {
      return `the group '${rest.slice(0, 3)}'`;
    } else if (rest[0] === '{') {
      const counts = rest.slice(1, rest.indexOf('}')).split(',');
      if (counts.some((count) => Number(count) > MAX_PATTERN_REPEAT)) return `more than ${MAX_PATTERN_REPEAT} repetitions`;
    }
  }
  return undefined;
}
