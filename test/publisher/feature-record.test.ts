import { CARD_FEATURES, cardLine, groupWith, SLOT_END } from './card-part';
import { MalformedRecordError } from '../../assets/publisher/errors';
import { featureRecord } from '../../assets/publisher/feature-record';
import { ResultType } from '../../assets/publisher/spec-document';

const LINE_START = `{"card_id":"c1","event_time":"${SLOT_END}"`;

/** The text that is stored for a value of one type. */
function storedText(result: ResultType, json: string): string | undefined {
  const group = groupWith({ features: [{ name: 'f', result }] });
  return featureRecord(`${LINE_START},"f":${json}}`, group, SLOT_END).values[2]?.ValueAsString;
}

describe('featureRecord', () => {
  test('orders values as the feature group does, whatever the order of the line', () => {
    const line = `{"last_country":"DE","txn_amount_1h":"125.50","txn_count_1h":3,"event_time":"${SLOT_END}","card_id":"c1"}`;

    expect(featureRecord(line, CARD_FEATURES, SLOT_END)).toEqual({
      entity: 'c1',
      line,
      values: [
        { FeatureName: 'card_id', ValueAsString: 'c1' },
        { FeatureName: 'event_time', ValueAsString: SLOT_END },
        { FeatureName: 'txn_count_1h', ValueAsString: '3' },
        { FeatureName: 'txn_amount_1h', ValueAsString: '125.50' },
        { FeatureName: 'last_country', ValueAsString: 'DE' },
      ],
    });
  });

  test('leaves out features that are null', () => {
    const record = featureRecord(cardLine('c1', { txn_count_1h: 0, avg_amount_7d: null }), CARD_FEATURES, SLOT_END);

    expect(record.values.map((value) => value.FeatureName)).toEqual(['card_id', 'event_time', 'txn_count_1h']);
  });

  test('puts the columns of a composite entity after the event time', () => {
    const group = groupWith({ entity: ['card_id', 'merchant_id'], recordIdentifier: 'entity_key' });
    const line = JSON.stringify({ card_id: 'c1', merchant_id: 'm,1', entity_key: '["c1","m,1"]', event_time: SLOT_END, txn_count_1h: 1 });

    const record = featureRecord(line, group, SLOT_END);

    expect(record.entity).toBe('["c1","m,1"]');
    expect(record.values.map((value) => value.FeatureName)).toEqual(['entity_key', 'event_time', 'card_id', 'merchant_id', 'txn_count_1h']);
  });

  test.each<[ResultType, string, string]>([
    [{ type: 'integer' }, '9007199254740993', '9007199254740993'],
    [{ type: 'integer' }, '-1', '-1'],
    [{ type: 'decimal', scale: 2 }, '"-0.05"', '-0.05'],
    [{ type: 'decimal', scale: 0 }, '"12345678901234567"', '12345678901234567'],
    [{ type: 'double' }, '1e-07', '1e-07'],
    [{ type: 'double' }, '3.0', '3.0'],
    [{ type: 'boolean' }, '1', '1'],
    [{ type: 'boolean' }, '0', '0'],
    [{ type: 'string' }, '""', ''],
    [{ type: 'string' }, '"Zürich \\u2028 7"', 'Zürich \u2028 7'],
    [{ type: 'timestamp' }, '"2025-10-23T00:00:00.000Z"', '2025-10-23T00:00:00.000Z'],
  ])('stores %j %s as its exact text', (result, json, text) => {
    expect(storedText(result, json)).toBe(text);
  });

  test.each<[ResultType, string, string]>([
    [{ type: 'integer' }, '1.0', 'f: got number "1.0", expected a integer'],
    [{ type: 'integer' }, '"1"', 'f: got string "1", expected a integer'],
    [{ type: 'decimal', scale: 2 }, '1.25', 'f: got number "1.25", expected a decimal string of scale 2'],
    [{ type: 'decimal', scale: 2 }, '"1.5"', 'f: got string "1.5", expected a decimal string of scale 2'],
    [{ type: 'double' }, '1e999', 'f: got number "1e999", expected a double'],
    [{ type: 'boolean' }, '2', 'f: got number "2", expected a boolean'],
    [{ type: 'boolean' }, 'true', 'f: got boolean "true", expected a boolean'],
    [{ type: 'timestamp' }, '"2025-10-23T00:00:00Z"', 'f: got string "2025-10-23T00:00:00Z", expected a timestamp'],
    [{ type: 'string' }, '{}', 'f: got object "[object Object]", expected a string'],
  ])('fails when a %j is %s', (result, json, message) => {
    expect(() => storedText(result, json)).toThrow(message);
  });

  test.each([
    [`{"event_time":"${SLOT_END}"}`, 'card_id: got nothing, expected a value'],
    [`{"card_id":null,"event_time":"${SLOT_END}"}`, 'card_id: got null, expected a value'],
    ['{"card_id":"c1"}', 'event_time: got nothing, expected a value'],
    ['{"card_id":"c1","event_time":"2025-10-23T22:50:00.000Z"}', `event_time: got '2025-10-23T22:50:00.000Z', expected the slot end '${SLOT_END}'`],
    [`${LINE_START},"colour":"red"}`, "colour: got a value, expected only features of 'card_features'"],
  ])('fails when the line is %s', (line, message) => {
    expect(() => featureRecord(line, CARD_FEATURES, SLOT_END)).toThrow(MalformedRecordError);
    expect(() => featureRecord(line, CARD_FEATURES, SLOT_END)).toThrow(message);
  });
});
