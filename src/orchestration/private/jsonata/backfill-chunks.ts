import { jsonata } from './jsonata';
import { BASIC_ISO, DAY_MS } from '../run-times';

/**
 * The chunks of a backfill whose input is good: its days, counted from the start of the range; the last may be shorter.
 *
 * Each has its range, the key that names it, and whether it publishes, which only the last one does.
 */
export const BACKFILL_CHUNKS = jsonata`
  (
    $from := $toMillis($states.input.from);
    $to := $toMillis($states.input.to);
    $last := $ceil(($to - $from) / ${DAY_MS}) - 1;
    $edge := function($day) { $min([$from + $day * ${DAY_MS}, $to]) };
    $key := function($at) { $fromMillis($at, ${BASIC_ISO}) };
    $chunk := function($day) {
      {
        "from": $fromMillis($edge($day)),
        "to": $fromMillis($edge($day + 1)),
        "key": $key($edge($day)) & "_" & $key($edge($day + 1)),
        "publish": $day = $last and $states.input.publish = true
      }
    };
    [$map([0..$last], $chunk)]
  )`;
