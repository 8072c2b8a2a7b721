import { AwsFault } from '#lab/wire/service.ts';

const GIB = 1024 ** 3;

interface InstanceClass {
  vcpus: number;
  memoryBytes: number;
}

const SIZES: Record<string, number> = {
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
  '8xlarge': 32,
  '12xlarge': 48,
  '16xlarge': 64,
};
/** GiB of memory per vCPU by family: 8 for memory-optimised, 4 for general purpose. */
const MEMORY_PER_VCPU: Record<string, number> = {
  r6g: 8,
  r6i: 8,
  r7g: 8,
  r8g: 8,
  m6g: 4,
  m6i: 4,
  m7g: 4,
  t4g: 4,
};

/** A class that RDS offers for PostgreSQL. Throws InvalidParameterValue for any other. */
export function instanceClass(name: string): InstanceClass {
  const [prefix, family = '', size = ''] = name.split('.');
  const vcpus = SIZES[size];
  const memory = MEMORY_PER_VCPU[family];
  if (prefix !== 'db' || !vcpus || !memory) {
    throw new AwsFault('InvalidParameterValue', `Invalid DB Instance class: ${name}`);
  }
  return { vcpus, memoryBytes: vcpus * memory * GIB };
}
