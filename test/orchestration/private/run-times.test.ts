import { Duration } from 'aws-cdk-lib';
import { evaluatedAll } from '../evaluated';
import { dayVariables, slotCron, slotVariables } from '../../../src/orchestration/private/run-times';
import { Slot } from '../../../src/spec/slot';

const at = (scheduledTime: string) => ({ states: { input: { scheduledTime } } });
const minutes = (length: number, delay: number) => Slot.every(Duration.minutes(length), { watermarkDelay: Duration.minutes(delay) });

describe('slotVariables', () => {
  test('name the slot that ended the watermark delay before the scheduled time', async () => {
    expect(await evaluatedAll(slotVariables(minutes(10, 2)), at('2025-10-23T22:42:00Z'))).toEqual({
      slotEnd: '2025-10-23T22:40:00.000Z', slotKey: '20251023T224000Z',
    });
  });

  test.each([
    ['2025-10-23T22:41:59Z', '2025-10-23T22:30:00.000Z'],
    ['2025-10-23T22:51:59Z', '2025-10-23T22:40:00.000Z'],
    ['2025-10-24T00:02:00Z', '2025-10-24T00:00:00.000Z'],
    ['2025-10-24T00:01:59Z', '2025-10-23T23:50:00.000Z'],
  ])('at %s name the slot up to %s', async (scheduledTime, slotEnd) => {
    expect((await evaluatedAll(slotVariables(minutes(10, 2)), at(scheduledTime))).slotEnd).toBe(slotEnd);
  });
});

describe('dayVariables', () => {
  test.each([['2025-10-23T00:30:00Z', '2025-10-22'], ['2026-01-01T00:30:00Z', '2025-12-31']])('at %s name the day %s', async (scheduledTime, day) => {
    expect(await evaluatedAll(dayVariables(), at(scheduledTime))).toEqual({ day });
  });
});

describe('slotCron', () => {
  /** The minutes of a day at which an expression fires; understands what this library writes. */
  function firings(cron: string): number[] {
    const [minute, hour] = cron.replace(/^cron\(|\)$/g, '').split(' ');
    const matches = (field: string, value: number) => {
      const [start, step] = field.split('/');
      if (field === '*') return true;
      return step === undefined ? value === Number(start) : value >= Number(start) && (value - Number(start)) % Number(step) === 0;
    };
    return Array.from({ length: 1440 }, (_, index) => index).filter((index) => matches(minute, index % 60) && matches(hour, Math.floor(index / 60)));
  }

  test('fires two minutes after each slot of ten', () => {
    expect(slotCron(minutes(10, 2))).toBe('cron(2/10 * * * ? *)');
  });

  test.each([[1, 0], [5, 7], [10, 2], [15, 2], [30, 31], [60, 2], [120, 125], [480, 2], [720, 2], [1440, 90]])(
    'fires once after each slot of %d minutes, %d minutes late', (length, delay) => {
      const expected = Array.from({ length: 1440 / length }, (_, index) => (index * length + delay) % 1440).sort((a, b) => a - b);
      expect(firings(slotCron(minutes(length, delay)))).toEqual(expected);
    });

  test('rounds a delay up to the minute, since a schedule has no seconds', () => {
    expect(slotCron(Slot.every(Duration.minutes(10), { watermarkDelay: Duration.seconds(90) }))).toBe('cron(2/10 * * * ? *)');
  });
});
