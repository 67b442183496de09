import { Size } from 'aws-cdk-lib';
import { WorkerSize } from '../../src/compute/worker-size';

describe('WorkerSize', () => {
  test.each([[1, 2], [1, 8], [2, 4], [2, 16], [4, 8], [4, 30], [8, 16], [8, 60], [16, 32], [16, 120]])(
    'accepts %d vCPU with %d GiB, a bound of what EMR Serverless offers', (vcpu, gib) => {
      expect(WorkerSize.of(vcpu, Size.gibibytes(gib)).vcpu).toBe(vcpu);
    });

  test.each([[1, 1], [1, 9], [2, 3], [2, 17], [4, 7], [4, 31], [8, 15], [8, 61], [8, 18], [16, 33], [16, 121]])(
    'fails when %d vCPU come with %d GiB', (vcpu, gib) => {
      expect(() => WorkerSize.of(vcpu, Size.gibibytes(gib))).toThrow(/WorkerSize\.memory: got \d+ GiB with \d+ vCPU, expected/);
    });

  test('fails when memory is not a whole number of GiB', () => {
    expect(() => WorkerSize.of(1, Size.mebibytes(2500))).toThrow('in steps of 1');
  });

  test('fails when the service does not offer the vCPUs', () => {
    expect(() => WorkerSize.of(3, Size.gibibytes(8))).toThrow('WorkerSize.vcpu: got 3, expected one of 1, 2, 4, 8, 16');
  });

  test('divides the memory between heap and overhead without a rest', () => {
    const size = WorkerSize.of(1, Size.gibibytes(4));
    // 4096 MiB * 0.6 = 2457.6
    expect([size.heap, size.overhead]).toEqual(['2457m', '1639m']);
  });
});
