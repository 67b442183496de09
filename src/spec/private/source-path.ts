import { Token } from 'aws-cdk-lib';
import { MAX_SOURCE_LENGTH } from './limits';
import { quoted } from '../../private/errors';
import { SourcePath } from '../document';

const SHORTHAND = /^\.([A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*)/u;
const INDEX = /^\[(0|[1-9][0-9]*)\]/;
const NEGATIVE_INDEX = /^\[-[0-9]+\]/;
const QUOTED = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/su;
const NAMES_A_KEY = /^[^$.[\]][^.[\]]*$/su;
const HALF_A_CHARACTER = /\p{Surrogate}/u;

const ONE_VALUE = "the name of a key, or a path to one value such as '$.payment.card.id', '$[\"card.id\"]' or '$.items[0].id'";

/** Why a text does not say where a value is, as part of an error. */
export interface SourceProblem {
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}

/** What a text says about where a value is: the steps to it from the event's object, or why there are none. */
export function parsedSource(text: string): SourcePath | SourceProblem {
  if (Token.isUnresolved(text)) return refused('a token', 'write it in literal text');
  if (text === '') return refused('an empty text', "write '$[\"...\"]' for a key, or leave the option out");
  if (text.length > MAX_SOURCE_LENGTH) {
    return { got: `${text.length} characters`, expected: `${MAX_SOURCE_LENGTH} at most`, fix: 'correct the path' };
  }
  if (HALF_A_CHARACTER.test(text)) return refused('half of a surrogate pair', 'write whole characters');
  if (NAMES_A_KEY.test(text)) return [text];
  if (!text.startsWith('$')) return refused(quoted(text), `write ${spellings(text)}`);
  return parsedSteps(text);
}

/** Whether a text was understood. */
export function isPath(parsed: SourcePath | SourceProblem): parsed is SourcePath {
  return Array.isArray(parsed);
}

/** How the key that was meant by a text is written as a source; undefined where nothing was meant. */
export function sourceSpelling(text: string): string | undefined {
  if (Token.isUnresolved(text) || text === '' || text.length > MAX_SOURCE_LENGTH || HALF_A_CHARACTER.test(text)) return undefined;
  return isPath(parsedSource(text)) ? quoted(text) : spellings(text);
}

/** A path as its users may write it. */
export function pathText(path: SourcePath): string {
  return `$${path.map(stepText).join('')}`;
}

function spellings(text: string): string {
  const key = quoted(pathText([text]));
  const nested = `$.${text}`;
  return isPath(parsedSteps(nested)) ? `${key}, or ${quoted(nested)} for an object in an object` : key;
}

function parsedSteps(text: string): SourcePath | SourceProblem {
  const path: SourcePath = [];
  let rest = text.slice(1);
  while (rest !== '') {
    const step = nextStep(rest);
    if (step === undefined) return refused(quoted(text), misreadFix(text, path, rest));
    if (step.value === '') return refused(quoted(text), 'name a key of one character or more');
    path.push(step.value);
    rest = rest.slice(step.length);
  }
  if (path.length === 0) return refused("'$', the whole event", 'name the key');
  if (typeof path[0] === 'number') return refused(quoted(text), 'begin with a key, since an event is an object');
  return path;
}

function nextStep(rest: string): { readonly value: string | number; readonly length: number } | undefined {
  const shorthand = SHORTHAND.exec(rest);
  if (shorthand !== null) return { value: shorthand[1], length: shorthand[0].length };
  const index = INDEX.exec(rest);
  if (index !== null) return Number.isSafeInteger(Number(index[1])) ? { value: Number(index[1]), length: index[0].length } : undefined;
  const key = QUOTED.exec(rest);
  const value = key === null ? undefined : unescaped(key[1], key[2]);
  return value === undefined ? undefined : { value, length: key![0].length };
}

/** The key that stands between quotes; undefined where an escape is not one of JSON's or spells half of a character. */
function unescaped(single: string | undefined, double: string | undefined): string | undefined {
  const json = double ?? single!.replace(/\\(.)|"/gsu, (all, escaped) => (all === '"' ? '\\"' : escaped === "'" ? "'" : all));
  try {
    const key: string = JSON.parse(`"${json}"`);
    return HALF_A_CHARACTER.test(key) ? undefined : key;
  } catch {
    return undefined;
  }
}

function misreadFix(text: string, path: SourcePath, rest: string): string {
  if (NEGATIVE_INDEX.test(rest)) return 'count from the beginning of the array, where the first index is 0';
  if (path.length === 0 && /^[^.[]/.test(rest)) return `write ${quoted(pathText([text]))} for a key that begins with '$'`;
  return `correct it from ${quoted(rest)} on`;
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return SHORTHAND.exec(`.${step}`)?.[1] === step ? `.${step}` : `[${JSON.stringify(step)}]`;
}

function refused(got: string, fix: string): SourceProblem {
  return { got, expected: ONE_VALUE, fix };
}
