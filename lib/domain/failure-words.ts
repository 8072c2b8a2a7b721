/** Of a part of a page that failed for a reason of our own: what it was stands in the log alone. */
export const PART_FAILED = 'It failed for a reason of Meridian’s own; the web log has it under this number.';

/** Of an act that failed so. */
export function actFailedWords(requestId: string): string {
  return `Nothing was changed, for a reason of Meridian's own. Try again; if it stays, quote ${requestId} from the web log.`;
}
