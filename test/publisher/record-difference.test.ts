import * as fc from 'fast-check';
import { CARD_FEATURES, cardLine, SLOT_END } from './card-part';
import { featureRecord } from '../../assets/publisher/feature-record';
import { recordDifference } from '../../assets/publisher/record-difference';

const TIMES = { slotEnd: Date.parse(SLOT_END), latest: Date.parse('2025-10-24T23:00:00.000Z') };
const FEATURES = { txn_count_1h: 3, txn_amount_1h: '125.50', avg_amount_7d: 41.5 };

/** What a card's record is found to be, given what is stored besides its name and event time. */
function compared(stored: Record<string, string>, features: object = FEATURES) {
  const served = new Map(Object.entries({ card_id: 'c1', event_time: '2025-10-23T20:00:00.000Z', ...stored }));
  return recordDifference(featureRecord(cardLine('c1', features), CARD_FEATURES, SLOT_END), served, CARD_FEATURES, TIMES);
}

const RIGHT = { txn_count_1h: '3', txn_amount_1h: '125.50', avg_amount_7d: '41.5' };

describe('recordDifference', () => {
  test('finds nothing wrong with a record of an older slot that has the same features', () => {
    expect(compared(RIGHT)).toBeUndefined();
  });

  test.each([
    ['txn_count_1h', { txn_count_1h: '4' }],
    ['txn_amount_1h', { txn_amount_1h: '125.51' }],
    ['avg_amount_7d', { avg_amount_7d: '41.50000000000001' }],
    ['last_merchant_id', { last_merchant_id: 'm1' }],
    ['card_id', { card_id: 'c2' }],
  ])('finds that %s differs', (name, stored) => {
    expect(compared({ ...RIGHT, ...stored })).toMatchObject({ recordIdentifier: 'c1', fault: 'different', features: [name] });
  });

  test('finds a value that is absent', () => {
    const { txn_count_1h: _, ...rest } = RIGHT;
    expect(compared(rest)).toMatchObject({ fault: 'different', features: ['txn_count_1h'] });
  });

  test('finds that a record is missing', () => {
    const expected = featureRecord(cardLine('c1', FEATURES), CARD_FEATURES, SLOT_END);
    expect(recordDifference(expected, undefined, CARD_FEATURES, TIMES)).toMatchObject({ fault: 'missing', served: null });
  });

  test.each([['2025-10-23T22:40:00.001Z'], ['2025-10-24T23:00:00.000Z']])('says nothing about a record of %s, which a later slot wrote', (time) => {
    expect(compared({ ...RIGHT, txn_count_1h: '4', event_time: time })).toBe('newer');
  });

  test('finds a record that is so far ahead that no slot can have written it, whatever its features', () => {
    expect(compared({ ...RIGHT, event_time: '2025-10-24T23:00:00.001Z' })).toMatchObject({ fault: 'ahead', features: [] });
  });

  test('finds a record without a time', () => {
    expect(compared({ ...RIGHT, event_time: 'yesterday' })).toMatchObject({ fault: 'different', features: [] });
  });

  test.each([
    [{ txn_count_1h: '+03' }], [{ txn_amount_1h: '125.5' }], [{ txn_amount_1h: '0125.500' }], [{ avg_amount_7d: '4.15E1' }],
  ])('accepts a number that is written in another way: %j', (stored) => {
    expect(compared({ ...RIGHT, ...stored })).toBeUndefined();
  });

  test.each([[{ txn_count_1h: '' }], [{ txn_count_1h: '-3' }], [{ txn_amount_1h: '-' }], [{ avg_amount_7d: ' ' }], [{ avg_amount_7d: 'NaN' }]])(
    'takes no other text for a number: %j', (stored) => {
      expect(compared({ ...RIGHT, ...stored })).toMatchObject({ fault: 'different', features: Object.keys(stored) });
    });

  test('tells decimals apart that one double stands for', () => {
    expect(compared({ txn_count_1h: '0', txn_amount_1h: '9007199254740993.00' }, { txn_count_1h: 0, txn_amount_1h: '9007199254740992.00' }))
      .toMatchObject({ features: ['txn_amount_1h'] });
  });

  test('agrees with arithmetic about any two decimals', () => {
    fc.assert(fc.property(fc.bigInt({ min: -5000n, max: 5000n }), fc.bigInt({ min: -5000n, max: 5000n }), (left, right) => {
      const text = (cents: bigint) => `${cents < 0n ? '-' : ''}${(cents < 0n ? -cents : cents) / 100n}.${String((cents < 0n ? -cents : cents) % 100n).padStart(2, '0')}`;
      const found = compared({ txn_amount_1h: text(right).replace(/0$/, '') }, { txn_amount_1h: text(left) });
      expect(found === undefined).toBe(left === right);
    }));
  });
});
