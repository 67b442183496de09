import { decimalText } from './decimal-text';
import { instantText } from './instant-text';
import { quoted } from '../../private/errors';
import { Column } from '../column';
import { ColumnType } from '../column-type';
import { Literal } from './predicate-term';

/** How the literals of one column type are read and explained. */
interface LiteralRule {
  /** The value as the document has it, or undefined if it is not one of the column's. */
  readonly read: (literal: Literal, column: Column) => string | boolean | undefined;
  /** What would have been read. */
  readonly expected: (column: Column) => string;
  readonly fix: string;
}

const DECIMAL_TEXT = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const LARGEST_INTEGER = 2n ** 63n;
const AS_TEXT = `write a number beyond ${Number.MAX_SAFE_INTEGER} as text, such as '9223372036854775807'`;

export const LITERAL_RULES: Record<ColumnType, LiteralRule> = {
  [ColumnType.STRING]: {
    read: textOf,
    expected: ({ allowedValues }) => (allowedValues ? `one of its allowed values ${allowedValues.map(quoted).join(', ')}` : 'Unicode text'),
    fix: 'write the value as the events have it',
  },
  [ColumnType.INTEGER]: {
    read: wholeText,
    expected: () => 'a whole number of 64 bits',
    fix: AS_TEXT,
  },
  [ColumnType.DECIMAL]: {
    read: exactText,
    expected: ({ precision, scale }) => `a number of at most ${precision} digits, ${scale} of them decimals`,
    fix: `give the digits that the column has; ${AS_TEXT}`,
  },
  [ColumnType.DOUBLE]: {
    read: finiteText,
    expected: () => 'a finite number',
    fix: 'give a number such as 0.5',
  },
  [ColumnType.BOOLEAN]: {
    read: (literal) => (typeof literal === 'boolean' ? literal : undefined),
    expected: () => 'true or false',
    fix: 'write it without quotes',
  },
  [ColumnType.TIMESTAMP]: {
    read: (literal) => (typeof literal === 'string' ? instantText(literal) : undefined),
    expected: () => 'ISO 8601 text with an offset from UTC, down to the microsecond',
    fix: "write it like '2025-10-23T22:40:00Z'",
  },
};

/** A literal as the document has it; undefined where it is not one of the column's values. */
export function documentLiteral(literal: Literal, column: Column): string | boolean | undefined {
  return LITERAL_RULES[column.type].read(literal, column);
}

function textOf(literal: Literal, { allowedValues }: Column): string | undefined {
  if (typeof literal !== 'string' || !isUnicode(literal)) return undefined;
  return allowedValues === undefined || allowedValues.includes(literal) ? literal : undefined;
}

/** Whether text can be written as UTF-8: every half of a surrogate pair has its other half. */
function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function wholeText(literal: Literal): string | undefined {
  const text = digitsOf(literal);
  if (text === undefined || text.includes('.')) return undefined;
  return BigInt(text) >= -LARGEST_INTEGER && BigInt(text) < LARGEST_INTEGER ? text : undefined;
}

function exactText(literal: Literal, { precision, scale }: Column): string | undefined {
  const text = digitsOf(literal);
  if (text === undefined) return undefined;
  const [whole, decimals = ''] = text.replace(/^-?0?/, '').split('.');
  return whole.length <= precision! - scale! && decimals.length <= scale! ? text : undefined;
}

function finiteText(literal: Literal): string | undefined {
  if (typeof literal === 'string' && !DECIMAL_TEXT.test(literal)) return undefined;
  const number = Number(literal);
  return typeof literal !== 'boolean' && Number.isFinite(number) ? decimalText(number) : undefined;
}

/** Exact decimal text without needless zeros, so that `1.5` and `'1.50'` are one value. */
function digitsOf(literal: Literal): string | undefined {
  if (typeof literal === 'number') return Math.abs(literal) <= Number.MAX_SAFE_INTEGER ? decimalText(literal) : undefined;
  if (typeof literal !== 'string' || !DECIMAL_TEXT.test(literal)) return undefined;
  const text = literal.includes('.') ? literal.replace(/\.?0+$/, '') : literal;
  return text === '-0' ? '0' : text;
}
