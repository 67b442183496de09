import { onlineTimeToLive } from '../../../src/feature-store/private/time-to-live';

describe('onlineTimeToLive', () => {
  test.each([
    [691_200_000_000, { Unit: 'Days', Value: 8 }],
    [93_600_000_000, { Unit: 'Hours', Value: 26 }],
    [5_400_000_000, { Unit: 'Minutes', Value: 90 }],
    [61_000_000, { Unit: 'Seconds', Value: 61 }],
    [1_500_000, { Unit: 'Seconds', Value: 2 }],
  ])('writes %d microseconds in the longest exact unit', (microseconds, expected) => {
    expect(onlineTimeToLive(microseconds)).toEqual(expected);
  });
});
