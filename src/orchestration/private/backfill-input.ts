import { BASIC_ISO, DAY_MS } from './run-times';
import { Slot } from '../../spec/slot';

/** The longest range of one backfill, which is also the largest number of its chunks. */
export const LONGEST_BACKFILL_DAYS = 100;

/** An instant in UTC; a day that its month does not have is found by reading the instant back. */
const INSTANT = '/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.0+)?Z$/';

/** The name of an execution whose log can be kept, less a hyphen at its start, which a job would take for an option. */
const EXECUTION_NAME = '/^[0-9A-Za-z_][0-9A-Za-z_-]{0,79}$/';

/** The functions and values that the checks of the input use, in JSONata. */
const DEFINITIONS = [
  '$input := $states.input',
  '$now := $toMillis($states.context.Execution.StartTime)',
  '$shown := function($value) { $type($value) = "string" ? "\'" & $value & "\'" : $exists($value) ? $string($value) : "nothing" }',
  `$isInstant := function($value) { $type($value) = "string" ? $contains($value, ${INSTANT}) : false }`,
  `$isName := function($value) { $type($value) = "string" ? $contains($value, ${EXECUTION_NAME}) : false }`,
  '$exact := function($value, $at) { $substring($fromMillis($at), 0, 19) = $substring($value, 0, 19) ? $at }',
  '$instant := function($value) { $isInstant($value) ? $exact($value, $toMillis($value)) }',
  '$from := $instant($input.from)',
  '$to := $instant($input.to)',
];

/** One mistake that an input may have: when it does, in JSONata, and how to say so; the fix is JSONata too. */
interface Mistake {
  readonly when: string;
  readonly where: 'from' | 'to' | 'publish' | 'resume';
  readonly expected: string;
  readonly fix: string;
}

/**
 * The variable `problems`: what is wrong with the input of a backfill, each in the form of this library's errors.
 *
 * What a check needs and the input does not have makes its condition false, so that nothing is said twice.
 */
export function backfillProblems(slot: Slot): Record<string, string> {
  const texts = mistakes(slot).map(({ when, where, expected, fix }) =>
    `${when} ? "${where}: got " & $shown($input.${where}) & ", expected ${expected}; " & ${fix}`);
  return { problems: `{% (${[...DEFINITIONS, `[${texts.join(', ')}]`].join('; ')}) %}` };
}

function mistakes(slot: Slot): Mistake[] {
  const length = slot.length.toMilliseconds();
  const instant = { expected: 'an instant in UTC', fix: '"write it like 2025-10-23T22:40:00Z"' };
  const multiple = `a multiple of the slot of ${slot.length.toMinutes()} minutes`;
  const rounded = (round: string, at: string) => `$fromMillis(${round}(${at} / ${length}) * ${length})`;
  return [
    { when: '$not($exists($from))', where: 'from', ...instant },
    { when: `$from % ${length} != 0`, where: 'from', expected: multiple, fix: `"use " & ${rounded('$floor', '$from')}` },
    { when: '$not($exists($to))', where: 'to', ...instant },
    { when: `$to % ${length} != 0`, where: 'to', expected: multiple, fix: `"use " & ${rounded('$ceil', '$to')}` },
    { when: '$to <= $from', where: 'to', expected: 'an instant after from', fix: '"give a later one"' },
    {
      when: `$to - $from > ${LONGEST_BACKFILL_DAYS * DAY_MS}`,
      where: 'to',
      expected: `at most ${LONGEST_BACKFILL_DAYS} days after from`,
      fix: '"start one backfill for each part"',
    },
    { when: '$to > $now', where: 'to', expected: 'an instant that has passed', fix: `"use " & ${rounded('$floor', '$now')} & " or earlier"` },
    {
      when: '$exists($input.publish) and $type($input.publish) != "boolean"',
      where: 'publish',
      expected: 'true or false',
      fix: '"leave it out for false"',
    },
    {
      when: '$exists($input.resume) and $not($isName($input.resume))',
      where: 'resume',
      expected: 'the name of an execution',
      fix: '"give the name of the backfill that is to go on"',
    },
  ];
}

/** One chunk in JSONata: its range, the key that names it, and whether it publishes, which only the last one does. */
const CHUNK = '{ "from": $fromMillis($edge($day)), "to": $fromMillis($edge($day + 1)), ' +
  '"key": $key($edge($day)) & "_" & $key($edge($day + 1)), "publish": $day = $last and $states.input.publish = true }';

/**
 * The variables of a backfill whose input is good: `backfill` names its reports, and `chunks` are its days.
 *
 * A day is counted from the start of the range; the last one may be shorter.
 */
export function backfillVariables(): Record<string, string> {
  const expression = [
    '$from := $toMillis($states.input.from)',
    '$to := $toMillis($states.input.to)',
    `$last := $ceil(($to - $from) / ${DAY_MS}) - 1`,
    `$edge := function($day) { $min([$from + $day * ${DAY_MS}, $to]) }`,
    `$key := function($at) { $fromMillis($at, ${BASIC_ISO}) }`,
    `$chunk := function($day) { ${CHUNK} }`,
    '[$map([0..$last], $chunk)]',
  ];
  return {
    backfill: '{% $exists($states.input.resume) ? $states.input.resume : $states.context.Execution.Name %}',
    chunks: `{% (${expression.join('; ')}) %}`,
  };
}
