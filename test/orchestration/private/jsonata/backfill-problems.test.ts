import { Duration } from 'aws-cdk-lib';
import { backfillProblems } from '../../../../src/orchestration/private/jsonata/backfill-problems';
import { Slot } from '../../../../src/spec/slot';
import { evaluated } from '../../evaluated';

const Execution = { StartTime: '2025-10-25T08:03:00.250Z' };

function problems(input: Record<string, unknown>, slot = Slot.every(Duration.minutes(10))): Promise<string[]> {
  return evaluated(backfillProblems(slot), { states: { input: { mode: 'backfill', ...input }, context: { Execution } } });
}

const DAY = { from: '2025-10-23T00:00:00Z', to: '2025-10-24T00:00:00Z' };

describe('backfillProblems', () => {
  test.each([
    ['a day', DAY],
    ['one slot', { from: '2025-10-23T22:30:00Z', to: '2025-10-23T22:40:00.000Z' }],
    ['the hundred days before', { from: '2025-07-16T00:00:00Z', to: '2025-10-24T00:00:00Z' }],
    ['everything up to the newest slot', { from: '2025-10-25T00:00:00Z', to: '2025-10-25T08:00:00Z' }],
    ['the 29th of February of a leap year', { from: '2024-02-29T00:00:00Z', to: '2024-03-01T00:00:00Z' }],
    ['a day that is published', { ...DAY, publish: true }],
    ['a day that is not published', { ...DAY, publish: false }],
    ['a backfill that goes on', { ...DAY, resume: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0' }],
  ])('are none for %s', async (_, input) => {
    expect(await problems(input)).toEqual([]);
  });

  test('name both ends when neither is given', async () => {
    expect(await problems({})).toEqual([
      'from: got nothing, expected an instant in UTC; write it like 2025-10-23T22:40:00Z',
      'to: got nothing, expected an instant in UTC; write it like 2025-10-23T22:40:00Z',
    ]);
  });

  test.each([
    ["'2025-10-23'", '2025-10-23'],
    ["'2025-10-23T22:40:00'", '2025-10-23T22:40:00'],
    ["'2025-10-23T22:40:00+02:00'", '2025-10-23T22:40:00+02:00'],
    ["'2025-10-23T22:40:00.001Z'", '2025-10-23T22:40:00.001Z'],
    ["'2025-10-23T24:00:00Z'", '2025-10-23T24:00:00Z'],
    ["'2025-13-01T00:00:00Z'", '2025-13-01T00:00:00Z'],
    ["'2025-02-29T00:00:00Z'", '2025-02-29T00:00:00Z'],
    ["'2025-09-31T00:00:00Z'", '2025-09-31T00:00:00Z'],
    ["''", ''],
    ['1761259200', 1761259200],
    ['null', null],
    ['["2025-10-23T00:00:00Z"]', ['2025-10-23T00:00:00Z']],
  ])('name a start of %s, which is no instant in UTC', async (shown, from) => {
    expect(await problems({ ...DAY, from })).toEqual([`from: got ${shown}, expected an instant in UTC; write it like 2025-10-23T22:40:00Z`]);
  });

  test('name ends within a slot, and the slots around them', async () => {
    expect(await problems({ from: '2025-10-23T22:45:00Z', to: '2025-10-23T22:55:01Z' })).toEqual([
      "from: got '2025-10-23T22:45:00Z', expected a multiple of the slot of 10 minutes; use 2025-10-23T22:40:00.000Z",
      "to: got '2025-10-23T22:55:01Z', expected a multiple of the slot of 10 minutes; use 2025-10-23T23:00:00.000Z",
    ]);
  });

  test('go by the length of the slot', async () => {
    const hourly = Slot.every(Duration.hours(1));
    expect(await problems({ from: '2025-10-23T22:00:00Z', to: '2025-10-23T23:00:00Z' }, hourly)).toEqual([]);
    expect(await problems({ from: '2025-10-23T22:30:00Z', to: '2025-10-23T23:00:00Z' }, hourly)).toEqual([
      "from: got '2025-10-23T22:30:00Z', expected a multiple of the slot of 60 minutes; use 2025-10-23T22:00:00.000Z",
    ]);
  });

  test.each(['2025-10-23T00:00:00Z', '2025-10-22T00:00:00Z'])('name an end of %s, which is not after the start', async (to) => {
    expect(await problems({ ...DAY, to })).toEqual([`to: got '${to}', expected an instant after from; give a later one`]);
  });

  test('name an end that is more than a hundred days after the start', async () => {
    // 16 July and 100 days is 24 October
    expect(await problems({ from: '2025-07-16T00:00:00Z', to: '2025-10-24T00:10:00Z' })).toEqual([
      "to: got '2025-10-24T00:10:00Z', expected at most 100 days after from; start one backfill for each part",
    ]);
  });

  test('name an end in the future, whose chunks would be done before their events arrive', async () => {
    expect(await problems({ ...DAY, to: '2025-10-25T08:10:00Z' })).toEqual([
      "to: got '2025-10-25T08:10:00Z', expected an instant that has passed; use 2025-10-25T08:00:00.000Z or earlier",
    ]);
  });

  test.each([["'true'", 'true'], ['1', 1], ['null', null]])('name a publish of %s, which is neither true nor false', async (shown, publish) => {
    expect(await problems({ ...DAY, publish })).toEqual([`publish: got ${shown}, expected true or false; leave it out for false`]);
  });

  test.each([["'a/b'", 'a/b'], ["'-x'", '-x'], ["''", ''], ['true', true], [`'${'n'.repeat(81)}'`, 'n'.repeat(81)]])(
    'name a resume of %s, which is no name of an execution', async (shown, resume) => {
      expect(await problems({ ...DAY, resume })).toEqual([
        `resume: got ${shown}, expected the name of an execution; give the name of the backfill that is to go on`,
      ]);
    });

  test('are all told at once', async () => {
    const found = await problems({ from: '2025-10-23', to: '2025-10-23T22:45:00Z', publish: 'yes', resume: 5 });
    expect(found.map((text) => text.split(':')[0])).toEqual(['from', 'to', 'publish', 'resume']);
  });
});
