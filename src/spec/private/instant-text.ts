const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))$/;
const MINUTE_MS = 60_000;
const MAX_OFFSET_HOURS = 18;

/** The instants that every part of the platform can write: a day within the calendar of Python. */
const EARLIEST_MS = Date.parse('0001-01-02T00:00:00Z');
const LATEST_MS = Date.parse('9999-12-30T00:00:00Z');

/**
 * An instant in UTC, such as `2025-10-23T22:40:00.5Z`, whatever offset it was written with.
 *
 * It is undefined for another form, a date that is in no calendar, or digits below a microsecond.
 */
export function instantText(text: string): string | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, local, digits = '', sign, hours = '0', minutes = '0'] = match;
  const fraction = digits.replace(/0+$/, '');
  const localMs = Date.parse(`${local}Z`);
  const isReal = !Number.isNaN(localMs) && new Date(localMs).toISOString().startsWith(local);
  if (!isReal || fraction.length > 6 || Number(hours) > MAX_OFFSET_HOURS || Number(minutes) > 59) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS * (sign === '-' ? -1 : 1);
  const utcMs = localMs - offsetMs;
  if (utcMs < EARLIEST_MS || utcMs >= LATEST_MS) return undefined;
  return `${new Date(utcMs).toISOString().slice(0, 19)}${fraction && `.${fraction}`}Z`;
}
