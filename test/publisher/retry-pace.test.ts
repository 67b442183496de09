import { RetryPace } from '../../assets/publisher/retry-pace';

/** Waits of ten attempts when the random number is the highest possible. */
async function longestWaits(): Promise<number[]> {
  const waits: number[] = [];
  const sleep = async (milliseconds: number) => void waits.push(milliseconds);
  const pace = new RetryPace({ remaining: () => 60_000, maxAttempts: 10, random: () => 1, sleep });
  for (let attempt = 1; await pace.before(attempt); attempt++);
  return waits;
}

describe('RetryPace', () => {
  test('doubles the longest wait up to five seconds', async () => {
    expect(await longestWaits()).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  test('waits for a random share of the longest wait', async () => {
    const waits: number[] = [];
    const pace = new RetryPace({ remaining: () => 60_000, random: () => 0.25, sleep: async (milliseconds) => void waits.push(milliseconds) });

    await pace.before(3);

    expect(waits).toEqual([50]); // a quarter of 200 ms
  });

  test('allows no attempt when no time is left', async () => {
    const pace = new RetryPace({ remaining: () => 0 });

    expect(pace.outOfTime).toBe(true);
    expect(await pace.before(1)).toBe(false);
  });

  test('does not begin a wait that would outlast the time that is left', async () => {
    const sleep = jest.fn();
    const pace = new RetryPace({ remaining: () => 100, random: () => 1, sleep });

    expect(await pace.before(2)).toBe(false);
    expect(sleep).not.toHaveBeenCalled();
  });
});
