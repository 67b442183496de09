import { Token } from 'aws-cdk-lib';
import { Column } from '../column';
import { ColumnType } from '../column-type';
import { DecimalRounding } from '../decimal-rounding';
import { EventSchema } from '../event-schema';
import { SourceChecks } from './check-sources';
import { checkedMicroseconds, DAY_US } from './durations';
import { MAX_PATTERN_LENGTH, MAX_PRECISION, MAX_SKEW_DAYS, MAX_TEXT_LENGTH } from './limits';
import { checkName, itemPath, UniqueNames } from './names';
import { patternProblem } from './pattern';
import { RESERVED_COLUMNS } from './reserved-names';
import { sourceSpelling } from './source-path';
import { eventIdSources, eventTimeSources } from './sources';
import { Problems, quoted } from '../../private/errors';

const ROUNDINGS = Object.values(DecimalRounding);

/** Notes everything that is wrong with the events on their own. */
export function checkEvents(problems: Problems, events: EventSchema): void {
  checkName(problems, 'events.name', events.name);
  const names = new UniqueNames(problems, 'column');
  const sources = new SourceChecks(problems);
  for (const places of [eventIdSources(events), eventTimeSources(events)]) {
    if (names.claim(places[0].where, places[0].text)) sources.add(places);
  }
  if (events.columns.length === 0) {
    problems.add('events.columns', 'none', 'at least one column', 'declare the columns that identify entities');
  }
  events.columns.forEach((column, index) => {
    const where = itemPath('events.columns', column.name, index);
    const isNamed = checkName(problems, `${where}.name`, column.name, RESERVED_COLUMNS, keyAdvice(column));
    if (isNamed && names.claim(`${where}.name`, column.name)) sources.addColumn(where, column);
    checkColumn(problems, where, column);
  });
  sources.addConflicts();
  if (events.table !== `${events.name}_silver`) checkName(problems, 'events.table', events.table);
  checkedMicroseconds(problems, 'events.allowedSkew', events.allowedSkew, {
    stepUs: 1, minUs: 0, maxUs: MAX_SKEW_DAYS * DAY_US, fix: 'events further ahead have a wrong clock; correct it at the producer',
  });
}

/** How the key of a producer is kept that cannot be the name of a column. */
function keyAdvice({ name, source }: Column): string {
  const spelling = source === undefined ? sourceSpelling(name) : undefined;
  return spelling === undefined ? '' : `, and keep the producer's key: set source to ${spelling}`;
}

function checkColumn(problems: Problems, where: string, column: Column): void {
  if (column.type === ColumnType.DECIMAL) checkDigits(problems, where, column);
  checkText(problems, where, column);
  checkBounds(problems, where, column);
}

function checkDigits(problems: Problems, where: string, { precision = NaN, scale = NaN, rounding }: Column): void {
  checkWhole(problems, `${where}.precision`, precision, 1, MAX_PRECISION, 'count the digits of the largest value, decimals included');
  const most = isWhole(precision, 1, MAX_PRECISION) ? precision : MAX_PRECISION;
  checkWhole(problems, `${where}.scale`, scale, 0, most, 'count the decimals, which are part of the precision');
  if (!ROUNDINGS.includes(rounding!)) {
    problems.add(`${where}.rounding`, quoted(rounding!), `one of ${ROUNDINGS.map(quoted).join(', ')}`, 'use one of DecimalRounding');
  }
}

function checkText(problems: Problems, where: string, { pattern, maxLength, allowedValues }: Column): void {
  if (pattern !== undefined) {
    const problem = Token.isUnresolved(pattern) ? 'a token' : patternProblem(pattern);
    if (problem !== undefined) {
      problems.add(
        `${where}.pattern`, problem, `a regular expression of 1 to ${MAX_PATTERN_LENGTH} characters, of what JavaScript and Python both know`,
        'use only literals, classes, groups, look-ahead and repetition',
      );
    }
  }
  if (maxLength !== undefined) checkWhole(problems, `${where}.maxLength`, maxLength, 1, MAX_TEXT_LENGTH, 'set the length of the longest value');
  if (allowedValues !== undefined) checkAllowedValues(problems, `${where}.allowedValues`, allowedValues);
}

function checkAllowedValues(problems: Problems, where: string, values: string[]): void {
  if (values.some((value) => Token.isUnresolved(value))) {
    problems.add(where, 'a token', 'literal values', 'give values that are known at synthesis');
  } else if (values.length === 0) {
    problems.add(where, 'none', 'at least one value', 'list the values, or leave the option out to accept any');
  }
  const repeated = values.find((value, index) => !Token.isUnresolved(value) && values.indexOf(value) !== index);
  if (repeated !== undefined) problems.add(where, `${quoted(repeated)} twice`, 'different values', 'remove the second one');
}

function checkBounds(problems: Problems, where: string, column: Column): void {
  const { greaterThan, greaterThanOrEqualTo, lessThan, lessThanOrEqualTo } = column;
  const bounds = Object.entries({ greaterThan, greaterThanOrEqualTo, lessThan, lessThanOrEqualTo });
  const unusable = bounds.filter(([, bound]) => bound !== undefined && !isUsableBound(bound));
  for (const [name, bound] of unusable) {
    problems.add(
      `${where}.${name}`, quoted(bound!), `a literal number within ${Number.MAX_SAFE_INTEGER} of 0`, 'leave the bound out if there is none',
    );
  }
  if (unusable.length > 0) return;
  checkOneOf(problems, where, 'greaterThan', greaterThan, 'greaterThanOrEqualTo', greaterThanOrEqualTo);
  checkOneOf(problems, where, 'lessThan', lessThan, 'lessThanOrEqualTo', lessThanOrEqualTo);
  if (admitsNothing(column)) {
    problems.add(where, 'bounds that no value satisfies', 'a lower bound below the upper one', 'correct one of the bounds');
  }
}

function checkOneOf(problems: Problems, where: string, strict: string, strictBound?: number, open?: string, openBound?: number): void {
  if (strictBound !== undefined && openBound !== undefined) {
    problems.add(where, `both ${strict} and ${open}`, 'one of the two', 'keep the one that you mean');
  }
}

function admitsNothing({ type, greaterThan, greaterThanOrEqualTo, lessThan, lessThanOrEqualTo }: Column): boolean {
  const isInteger = type === ColumnType.INTEGER;
  const low = isInteger && greaterThan !== undefined ? Math.floor(greaterThan) + 1 : greaterThan;
  const high = isInteger && lessThan !== undefined ? Math.ceil(lessThan) - 1 : lessThan;
  const lowest = Math.max(low ?? -Infinity, greaterThanOrEqualTo ?? -Infinity);
  const highest = Math.min(high ?? Infinity, lessThanOrEqualTo ?? Infinity);
  if (isInteger) return Math.ceil(lowest) > Math.floor(highest);
  return lowest > highest || (lowest === highest && (lowest === greaterThan || highest === lessThan));
}

function isUsableBound(bound: number): boolean {
  return !Token.isUnresolved(bound) && Math.abs(bound) <= Number.MAX_SAFE_INTEGER;
}

function isWhole(value: number, min: number, max: number): boolean {
  return !Token.isUnresolved(value) && Number.isSafeInteger(value) && value >= min && value <= max;
}

function checkWhole(problems: Problems, where: string, value: number, min: number, max: number, fix: string): void {
  if (!isWhole(value, min, max)) problems.add(where, quoted(value), `a whole number from ${min} to ${max}`, fix);
}
