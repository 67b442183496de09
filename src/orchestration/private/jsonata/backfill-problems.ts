import { jsonata } from './jsonata';
import { Slot } from '../../../spec/slot';
import { DAY_MS } from '../run-times';

/** The longest range of one backfill, which is also the largest number of its chunks. */
export const LONGEST_BACKFILL_DAYS = 100;

/** An instant in UTC; a day that its month does not have is found by reading the instant back. */
const INSTANT = String.raw`/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.0+)?Z$/`;

/** The name of an execution whose log can be kept, less a hyphen at its start, which a job would take for an option. */
const EXECUTION_NAME = '/^[0-9A-Za-z_][0-9A-Za-z_-]{0,79}$/';

/**
 * What is wrong with the input of a backfill, each in the form of this library's errors.
 *
 * What a check needs and the input does not have makes its condition false, so that nothing is said twice.
 */
export function backfillProblems(slot: Slot): string {
  const length = slot.length.toMilliseconds();
  const multiple = `a multiple of the slot of ${slot.length.toMinutes()} minutes`;
  return jsonata`
    (
      $input := $states.input;
      $now := $toMillis($states.context.Execution.StartTime);
      $shown := function($value) { $type($value) = "string" ? "'" & $value & "'" : $exists($value) ? $string($value) : "nothing" };
      $isInstant := function($value) { $type($value) = "string" ? $contains($value, ${INSTANT}) : false };
      $isName := function($value) { $type($value) = "string" ? $contains($value, ${EXECUTION_NAME}) : false };
      $exact := function($value, $at) { $substring($fromMillis($at), 0, 19) = $substring($value, 0, 19) ? $at };
      $instant := function($value) { $isInstant($value) ? $exact($value, $toMillis($value)) };
      $from := $instant($input.from);
      $to := $instant($input.to);
      [
        $not($exists($from)) ?
          "from: got " & $shown($input.from) & ", expected an instant in UTC; " & "write it like 2025-10-23T22:40:00Z",
        $from % ${length} != 0 ?
          "from: got " & $shown($input.from) & ", expected ${multiple}; " & "use " & $fromMillis($floor($from / ${length}) * ${length}),
        $not($exists($to)) ?
          "to: got " & $shown($input.to) & ", expected an instant in UTC; " & "write it like 2025-10-23T22:40:00Z",
        $to % ${length} != 0 ?
          "to: got " & $shown($input.to) & ", expected ${multiple}; " & "use " & $fromMillis($ceil($to / ${length}) * ${length}),
        $to <= $from ?
          "to: got " & $shown($input.to) & ", expected an instant after from; " & "give a later one",
        $to - $from > ${LONGEST_BACKFILL_DAYS * DAY_MS} ?
          "to: got " & $shown($input.to) & ", expected at most ${LONGEST_BACKFILL_DAYS} days after from; " & "start one backfill for each part",
        $to > $now ?
          "to: got " & $shown($input.to) & ", expected an instant that has passed; " & "use " & $fromMillis($floor($now / ${length}) * ${length}) & " or earlier",
        $exists($input.publish) and $type($input.publish) != "boolean" ?
          "publish: got " & $shown($input.publish) & ", expected true or false; " & "leave it out for false",
        $exists($input.resume) and $not($isName($input.resume)) ?
          "resume: got " & $shown($input.resume) & ", expected the name of an execution; " & "give the name of the backfill that is to go on"
      ]
    )`;
}
