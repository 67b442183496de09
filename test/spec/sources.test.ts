import * as fs from 'node:fs';
import * as path from 'node:path';
import { Column } from '../../src/spec/column';
import { EventSchemaProps } from '../../src/spec/event-schema';
import { EventTime } from '../../src/spec/event-time';
import { withColumn, withEvents } from '../fixtures/problems';
import { cardEvents, cardSpec } from '../fixtures/specs';

const eventsDocument = (props: Partial<EventSchemaProps>) => cardSpec({ events: cardEvents(props) })._toDocument().events;
const columnDocument = (column: Column) => eventsDocument({ columns: [...cardEvents().columns, column] }).columns.at(-1);
const withColumns = (...columns: Column[]) => withEvents({ columns: [...cardEvents().columns, ...columns] });

test('the declaration of docs/input.md is the one behind the document that its example is read by', () => {
  const root = path.join(__dirname, '..', '..');
  const [, declaration] = /```ts\n(.*?)```/s.exec(fs.readFileSync(path.join(root, 'docs', 'input.md'), 'utf8'))!;
  expect(fs.readFileSync(path.join(root, 'test', 'fixtures', 'checkout-features.ts'), 'utf8')).toContain(`\n${declaration}`);
});

describe('the source of a column', () => {
  test.each<[string, Column]>([
    ['string', Column.string('x', { source: '$.a.b' })],
    ['integer', Column.integer('x', { source: '$.a.b' })],
    ['decimal', Column.decimal('x', { precision: 5, scale: 2, source: '$.a.b' })],
    ['double', Column.double('x', { source: '$.a.b' })],
    ['boolean', Column.boolean('x', { source: '$.a.b' })],
    ['timestamp', Column.timestamp('x', { source: '$.a.b' })],
  ])('is an option of a %s column, and stands in the document as steps', (type, column) => {
    expect(columnDocument(column)).toMatchObject({ name: 'x', type, sources: [['a', 'b']] });
  });

  test('goes before the fallback sources, and the key of the name does if there is none', () => {
    expect(columnDocument(Column.string('x', { source: "$['a.b'][0]", fallbackSources: ['X', '$.y'] })))
      .toMatchObject({ sources: [['a.b', 0], ['X'], ['y']] });
    expect(columnDocument(Column.string('x', { fallbackSources: ['X'] }))).toMatchObject({ sources: [['x'], ['X']] });
  });

  test('is left out of the document where it says what the name says', () => {
    for (const source of [undefined, 'x', '$.x', "$['x']"]) {
      expect(columnDocument(Column.string('x', { source }))).not.toHaveProperty('sources');
    }
  });

  test('may begin with a key that a column cannot be called', () => {
    expect(withColumns(Column.string('a', { source: 'slot' }), Column.string('b', { source: 'event_time' }), Column.string('c', { source: 'Card Number' })))
      .toEqual([]);
  });
});

describe('the sources of id and time', () => {
  test('are keys of their names, and not stated, by default', () => {
    const events = eventsDocument({ eventId: 'eventId', eventTime: EventTime.iso8601('Event Time') });

    expect(events).toMatchObject({ eventId: 'eventId', eventTime: { column: 'Event Time', format: 'iso8601' } });
    expect(events).not.toHaveProperty('eventIdSources');
    expect(events.eventTime).not.toHaveProperty('sources');
  });

  test('are paths, each with fallback sources', () => {
    expect(eventsDocument({
      eventId: '$.meta.id', eventIdFallbackSources: ['id'], eventTime: EventTime.unixMillis('$.meta.time', { fallbackSources: ['time', '$.t[0]'] }),
    })).toMatchObject({
      eventId: '$.meta.id',
      eventIdSources: [['meta', 'id'], ['id']],
      eventTime: { column: '$.meta.time', sources: [['meta', 'time'], ['time'], ['t', 0]], format: 'unix_millis' },
    });
  });

  test.each<[string, (options: { fallbackSources: string[] }) => EventTime]>([
    ['unix_seconds', (options) => EventTime.unixSeconds('ts', options)],
    ['unix_millis', (options) => EventTime.unixMillis('ts', options)],
    ['unix_micros', (options) => EventTime.unixMicros('ts', options)],
    ['iso8601', (options) => EventTime.iso8601('ts', options)],
  ])('take fallback sources in the format %s', (format, of) => {
    expect(eventsDocument({ eventTime: of({ fallbackSources: ['t'] }) }).eventTime).toEqual({ column: 'ts', sources: [['ts'], ['t']], format });
  });

  test('fail where they name no place, each under its own option', () => {
    expect(withEvents({
      eventId: '$', eventIdFallbackSources: ['$.a', '$.b[*]'], eventTime: EventTime.iso8601('', { fallbackSources: ['$.t', 'x.y'] }),
    }).map((line) => line.split(': ')[0])).toEqual([
      'events.eventId', 'events.eventIdFallbackSources[1]', 'events.eventTime', 'events.eventTime.fallbackSources[1]',
    ]);
  });
});

describe('sources that cannot be', () => {
  test('fail when they are malformed', () => {
    expect(withColumn(Column.string('x', { source: '$.a[-1]', fallbackSources: ['$.b', ''] }))).toEqual([
      "events.columns.x.source: got '$.a[-1]', expected the name of a key, or a path to one value such as '$.payment.card.id', '$[\"card.id\"]' or "
      + "'$.items[0].id'; count from the beginning of the array, where the first index is 0",
      expect.stringMatching(/^events\.columns\.x\.fallbackSources\[1\]: got an empty text, expected /),
    ]);
  });

  test('fail when two columns have the same ones', () => {
    expect(withColumns(Column.string('x', { source: '$.a.b' }), Column.string('y', { source: "$['a'].b" }))).toEqual([
      "events.columns.y.source: got '$.a.b', expected a place that no other column reads; correct it, or the one at events.columns.x.source",
    ]);
    expect(withColumn(Column.string('x', { source: 'country' }))).toEqual([expect.stringContaining('or the one at events.columns.country.name')]);
    expect(withColumn(Column.string('x', { source: 'event_id' }))).toEqual([expect.stringContaining('or the one at events.eventId')]);
    expect(withColumn(Column.integer('x', { source: '$.ts' }))).toEqual([expect.stringContaining('or the one at events.eventTime')]);
  });

  test('are those that share only some, or in another order, accepted', () => {
    expect(withColumns(
      Column.string('x', { source: '$.a', fallbackSources: ['$.c'] }), Column.string('y', { source: '$.b', fallbackSources: ['$.c'] }),
      Column.string('z', { source: '$.b', fallbackSources: ['$.a'] }), Column.string('w', { source: '$.a', fallbackSources: ['$.b'] }),
    )).toEqual([]);
  });

  test('fail when one column has one twice', () => {
    expect(withColumn(Column.string('x', { fallbackSources: ['$.y', "$['x']"] }))).toEqual([
      "events.columns.x.fallbackSources[1]: got '$['x']' a second time, expected different places; remove it, or correct the one at events.columns.x.name",
    ]);
  });

  test('fail when one lies inside of what another reads as one value, which would be refused', () => {
    expect(withColumns(Column.string('card'), Column.string('bin', { source: '$.card.bin' }))).toEqual([
      "events.columns.bin.source: got '$.card.bin', expected a place outside of '$.card', which events.columns.card.name reads as one value; "
      + 'correct one of the two: an event cannot have both',
    ]);
    expect(withColumns(Column.string('first', { source: '$.items[0]' }), Column.string('sku', { source: 'sku', fallbackSources: ['$.items[0].sku'] })))
      .toEqual([expect.stringMatching(/^events\.columns\.sku\.fallbackSources\[0\]: got '\$\.items\[0\]\.sku', expected a place outside of '\$\.items\[0\]'/)]);
    expect(withEvents({ eventId: '$.event_id.value', columns: [...cardEvents().columns, Column.string('x', { source: 'event_id' })] }))
      .toEqual([expect.stringMatching(/^events\.eventId: got /)]);
  });

  test('fail when a fallback source lies inside of the first one, where it would never be read', () => {
    expect(withColumn(Column.string('card', { fallbackSources: ['$.card.id'] })))
      .toEqual([expect.stringMatching(/^events\.columns\.card\.fallbackSources\[0\]: got '\$\.card\.id', expected a place outside of '\$\.card'/)]);
  });

  test('are not those of a producer that made an object of a text', () => {
    expect(withColumns(Column.string('card', { source: '$.card.id', fallbackSources: ['$.card'] }), Column.string('bin', { source: '$.card.bin' })))
      .toEqual([]);
  });

  test('are not those whose keys only begin alike', () => {
    expect(withColumns(Column.string('a'), Column.string('b', { source: '$.ab.c' }), Column.string('c', { source: '$.d[1]' }), Column.string('d', { source: '$.d[10]' })))
      .toEqual([]);
  });
});

describe('a name that no column can have', () => {
  const RULE = 'expected up to 64 lower-case letters, digits and underscores, from a letter to a letter or digit; choose such a name, in literal text';

  test.each([
    ['cardId', ", and keep the producer's key: set source to 'cardId'"],
    ['Card Number', ", and keep the producer's key: set source to 'Card Number'"],
    ['card.id', ", and keep the producer's key: set source to '$[\"card.id\"]', or '$.card.id' for an object in an object"],
    ['$.card.id', ", and keep the producer's key: set source to '$.card.id'"],
    ['$insert_id', ", and keep the producer's key: set source to '$[\"$insert_id\"]'"],
    ['', ''],
  ])('is %j, which the fix does not ask the producer to change', (name, advice) => {
    expect(withColumn(Column.string(name))).toEqual([`events.columns[6].name: got '${name}', ${RULE}${advice}`]);
  });

  test('needs no such advice where there is a source already', () => {
    expect(withColumn(Column.string('cardId', { source: '$.cardId' }))).toEqual([`events.columns[6].name: got 'cardId', ${RULE}`]);
  });
});
