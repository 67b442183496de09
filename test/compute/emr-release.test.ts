import { EmrRelease } from '../../src/compute/emr-release';

describe('EmrRelease', () => {
  test.each(['emr-7.15.0', 'emr-spark-8.1.0'])('accepts %s', (label) => {
    expect(EmrRelease.of(label).label).toBe(label);
  });

  test.each(['7.14.0', 'emr-7.14', 'latest', ''])("fails when the label is '%s'", (label) => {
    expect(() => EmrRelease.of(label)).toThrow(`EmrRelease.label: got '${label}'`);
  });
});
