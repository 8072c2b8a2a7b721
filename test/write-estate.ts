import fs from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { checkoutRoot } from '#launch/paths.ts';

/** Figures of the estate by their place in the file, with what each is multiplied by. */
export type Factors = readonly (readonly [field: readonly (string | number)[], factor: number])[];

/** Limits on p95, so many times the estate's: what loads the shop shares the machine with it. */
export const patience = (factor: number): Factors => [
  [['thresholds', 'gate', 'p95Ms'], factor],
  [['thresholds', 'rollback', 'p95Ms'], factor],
];

/** The estate as it is shipped but for these figures; the path of its file. */
export function writeEstate(folder: string, factors: Factors): string {
  const estate = parseDocument(fs.readFileSync(path.join(checkoutRoot(), 'estate.yaml'), 'utf8'));
  for (const [field, factor] of factors) estate.setIn(field, Number(estate.getIn(field)) * factor);
  const file = path.join(folder, 'estate.yaml');
  fs.writeFileSync(file, estate.toString());
  return file;
}
