/** Microseconds in each unit that Feature Store counts a time to live in, longest first. */
const UNITS: readonly [string, number][] = [
  ['Days', 86_400_000_000],
  ['Hours', 3_600_000_000],
  ['Minutes', 60_000_000],
  ['Seconds', 1_000_000],
];

/** A time to live as Feature Store writes it, in the longest unit that is exact; parts of a second are rounded up. */
export function onlineTimeToLive(microseconds: number): { Unit: string; Value: number } {
  const [unit, length] = UNITS.find(([, candidate]) => microseconds % candidate === 0) ?? UNITS[UNITS.length - 1];
  return { Unit: unit, Value: Math.ceil(microseconds / length) };
}
