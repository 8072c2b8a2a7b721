import { AwsFault } from '#lab/wire/service.ts';
import type { BillLine } from './bill.ts';

/** Dimensions the lab's bill has. Cost Explorer has more. */
const READERS = {
  SERVICE: (line) => line.service,
  REGION: (line) => line.region,
  USAGE_TYPE: (line) => line.usageType,
  RECORD_TYPE: () => 'Usage',
  LINKED_ACCOUNT: (_line, account) => account,
} satisfies Record<string, (line: BillLine, account: string) => string>;

export type DimensionReader = (line: BillLine) => string;

/** How to read that dimension of a line; refuses one that is unknown, or that the lab does not model. */
export function dimensionReader(key: string | undefined, account: string): DimensionReader {
  if (key === undefined || !isModelled(key)) {
    throw refused(
      `${key ?? 'No dimension'} is not a dimension of this bill. It has ${Object.keys(READERS).join(', ')}.`,
    );
  }
  const read = READERS[key];
  return (line) => read(line, account);
}

const isModelled = (key: string): key is keyof typeof READERS => key in READERS;

/** Cost Explorer's refusal of input. */
export function refused(message: string): AwsFault {
  return new AwsFault('ValidationException', message, { status: 400 });
}
