import { BACKFILL_CHUNKS } from '../../../../src/orchestration/private/jsonata/backfill-chunks';
import { evaluated } from '../../evaluated';

function chunks(input: Record<string, unknown>): Promise<any[]> {
  return evaluated(BACKFILL_CHUNKS, { states: { input: { mode: 'backfill', ...input } } });
}

describe('BACKFILL_CHUNKS', () => {
  test('cut a range into days that are counted from its start', async () => {
    expect(await chunks({ from: '2025-10-21T22:00:00Z', to: '2025-10-24T00:10:00Z' })).toEqual([
      { from: '2025-10-21T22:00:00.000Z', to: '2025-10-22T22:00:00.000Z', key: '20251021T220000Z_20251022T220000Z', publish: false },
      { from: '2025-10-22T22:00:00.000Z', to: '2025-10-23T22:00:00.000Z', key: '20251022T220000Z_20251023T220000Z', publish: false },
      { from: '2025-10-23T22:00:00.000Z', to: '2025-10-24T00:10:00.000Z', key: '20251023T220000Z_20251024T001000Z', publish: false },
    ]);
  });

  test('are a list of one chunk for a day or less', async () => {
    for (const to of ['2025-10-24T00:00:00Z', '2025-10-23T00:10:00Z']) {
      expect(await chunks({ from: '2025-10-23T00:00:00Z', to })).toEqual([expect.objectContaining({ from: '2025-10-23T00:00:00.000Z' })]);
    }
  });

  test('make a hundred chunks of a hundred days, which meet and leave nothing out', async () => {
    const found = await chunks({ from: '2025-07-16T00:00:00Z', to: '2025-10-24T00:00:00Z' });
    expect(found).toHaveLength(100);
    expect(found.slice(1).map(({ from }: { from: string }) => from)).toEqual(found.slice(0, -1).map(({ to }: { to: string }) => to));
    expect(found.at(-1).to).toBe('2025-10-24T00:00:00.000Z');
  });

  test('let the last chunk publish when that was asked for', async () => {
    const found = await chunks({ from: '2025-10-22T00:00:00Z', to: '2025-10-24T00:00:00Z', publish: true });
    expect(found.map(({ publish }: { publish: boolean }) => publish)).toEqual([false, true]);
  });
});
