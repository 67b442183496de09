const ISO = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;
const MINUTE_MS = 60_000;
const MAX_OFFSET_MS = 18 * 60 * MINUTE_MS;

/** The instants that every part of the platform can write: a day within the calendar of Python. */
const EARLIEST_MS = Date.parse('0001-01-02T00:00:00Z');
const LATEST_MS = Date.parse('9999-12-30T00:00:00Z');

/**
 * An instant in UTC, such as `2025-10-23T22:40:00.5Z`, whatever offset it was written with.
 *
 * The forms are those that events may have. It is undefined for another one, a date that is in no calendar, or digits
 * below a microsecond, which a declaration would lose.
 */
export function instantText(text: string): string | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, day, minute, second = '00', digits = '', sign, hours = '0', minutes = '0'] = match;
  const local = `${day}T${minute}:${second}`;
  const fraction = digits.replace(/0+$/, '');
  const localMs = Date.parse(`${local}Z`);
  const isReal = !Number.isNaN(localMs) && new Date(localMs).toISOString().startsWith(local);
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  if (!isReal || fraction.length > 6 || offsetMs > MAX_OFFSET_MS || Number(minutes) > 59) return undefined;
  const utcMs = sign === '-' ? localMs + offsetMs : localMs - offsetMs;
  if (utcMs < EARLIEST_MS || utcMs >= LATEST_MS) return undefined;
  return `${new Date(utcMs).toISOString().slice(0, 19)}${fraction && `.${fraction}`}Z`;
}
