import { LocalMoment } from './local-moment.tsx';

/**
 * Names that a line must not break at a hyphen: operations, Region codes, instances that end in one. An ARN is too long for
 * that. And moments, which are shown in the reader's zone.
 */
const NAME =
  /(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC|OP-\d+|(?<![:\w-])(?:[a-z0-9]+-)*[a-z]{2}(?:-[a-z]+)+-\d(?:-[a-z0-9]+)*)/;

/** A sentence in which Region codes stay in one piece, and moments are those of the reader's clock. */
export function Prose({ text }: { text: string }) {
  return text.split(NAME).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : part.endsWith(' UTC') ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence have no other name
      <LocalMoment key={index} text={part} />
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above
      <span key={index} className="nowrap">
        {part}
      </span>
    ),
  );
}
