import { Fragment } from 'react';

/** Names that a line must not break at a hyphen: operations, Region codes, instances that end in one. An ARN is too long for that. */
const NAME = /(OP-\d+|(?<![:\w-])(?:[a-z0-9]+-)*[a-z]{2}(?:-[a-z]+)+-\d(?:-[a-z0-9]+)*)/;

/** A sentence in which Region codes stay in one piece. */
export function Prose({ text }: { text: string }) {
  return text.split(NAME).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence have no other name
      <span key={index} className="nowrap">
        {part}
      </span>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}
