import { CARD_FEATURES, cardLine, cards, SLOT_END } from './card-part';
import { BatchOutcome, BatchWriter } from '../../assets/publisher/batch-writer';
import { FeatureRecord, featureRecord } from '../../assets/publisher/feature-record';
import { PartWriterOptions, writePart } from '../../assets/publisher/part-writer';

type Write = (batch: readonly FeatureRecord[]) => Promise<BatchOutcome>;

const allWritten: Write = async (batch) => ({ written: batch.length, retried: 0, refused: [], unwritten: [] });

async function* linesOf(ids: readonly string[]): AsyncGenerator<string> {
  for (const id of ids) yield cardLine(id);
}

function written(lines: AsyncIterable<string>, write: Write, overrides: Partial<PartWriterOptions> = {}) {
  return writePart(lines, {
    writer: { write } as BatchWriter,
    parse: (line) => featureRecord(line, CARD_FEATURES, SLOT_END),
    maxConcurrentBatches: 4,
    outOfTime: () => false,
    ...overrides,
  });
}

/** Records what is written, and how many batches at a time. */
function recorder() {
  const batches: string[][] = [];
  const running: string[][] = [];
  let mostRunning = 0;
  const write: Write = async (batch) => {
    const ids = batch.map((record) => record.entity);
    expect(running.flat().filter((id) => ids.includes(id))).toEqual([]);
    batches.push(ids);
    running.push(ids);
    mostRunning = Math.max(mostRunning, running.length);
    await new Promise((resolve) => setImmediate(resolve));
    running.splice(running.indexOf(ids), 1);
    return allWritten(batch);
  };
  return { write, batches, mostRunning: () => mostRunning };
}

describe('writePart', () => {
  test('writes in batches of 25', async () => {
    const { write, batches } = recorder();

    const outcome = await written(linesOf(cards(60)), write);

    expect(outcome).toEqual({ attempted: 60, written: 60, retried: 0, refused: [], unwritten: 0, complete: true });
    expect(batches.map((batch) => batch.length)).toEqual([25, 25, 10]);
    expect(batches.flat()).toEqual(cards(60));
  });

  test('never runs more batches at a time than allowed', async () => {
    const { write, mostRunning } = recorder();

    await written(linesOf(cards(500)), write, { maxConcurrentBatches: 3 });

    expect(mostRunning()).toBe(3);
  });

  test('keeps the order of an entity that comes again', async () => {
    const { write, batches } = recorder();
    const ids = [...cards(30), 'card-29', 'card-0', ...cards(30)];

    const outcome = await written(linesOf(ids), write);

    expect(outcome.written).toBe(62);
    expect(batches.flat()).toEqual(ids);
    batches.forEach((batch) => expect(new Set(batch).size).toBe(batch.length));
  });

  test('refuses a malformed line with its reason and writes the others', async () => {
    async function* lines() {
      yield cardLine('card-0');
      yield '{"card_id":';
      yield cardLine('card-1');
    }

    const outcome = await written(lines(), allWritten);

    expect(outcome).toMatchObject({ attempted: 3, written: 2 });
    expect(outcome.refused).toEqual([
      { line: '{"card_id":', errorCode: 'MalformedRecord', errorMessage: expect.stringContaining('line: got invalid JSON') },
    ]);
  });

  test('adds up what the batches came to', async () => {
    const outcome = await written(linesOf(cards(50)), async (batch) => ({
      written: 20, retried: 7, refused: [{ line: 'x', errorCode: 'E', errorMessage: 'm' }], unwritten: batch.slice(0, 4),
    }));

    expect(outcome).toMatchObject({ attempted: 50, written: 40, retried: 14, unwritten: 8, complete: true });
    expect(outcome.refused).toHaveLength(2);
  });

  test('stops reading when time is out, and says so', async () => {
    let read = 0;
    const outcome = await written(linesOf(cards(100)), allWritten, { outOfTime: () => read++ >= 50 });

    expect(outcome).toMatchObject({ attempted: 50, written: 50, complete: false });
  });

  test('fails with the first failure after the running batches have ended', async () => {
    let running = 0;
    const write: Write = async (batch) => {
      running += 1;
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (batch[0].entity === 'card-25') throw new Error('access denied');
      return allWritten(batch);
    };

    await expect(written(linesOf(cards(1000)), write)).rejects.toThrow('access denied');
    expect(running).toBe(0);
  });

  test('fails when the lines cannot be read', async () => {
    async function* lines() {
      yield cardLine('card-0');
      throw new Error('aborted');
    }

    await expect(written(lines(), allWritten)).rejects.toThrow('aborted');
  });
});
