'use client';

import { useState } from 'react';
import { LazyWorldMap } from '#components/map/lazy-world-map.tsx';
import type { MapModel } from '#components/map/model.ts';
import { formatShare, NBSP } from '#components/ui/format.ts';
import { Segmented } from '#components/ui/segmented.tsx';
import type { ComposerModel, Preview, Side } from './model.ts';

const SIDES = [
  { value: 'before', label: 'Before' },
  { value: 'after', label: 'After' },
] as const satisfies readonly { value: Side; label: string }[];

interface ShiftMapProps {
  base: ComposerModel['map'];
  preview: Preview;
}

/** Who serves whom before the shift and after it, on the overview's map. */
export function ShiftMap({ base, preview }: ShiftMapProps) {
  const [side, setSide] = useState<Side>('after');
  return (
    <section aria-label="The change on the map">
      <div className="spread shift-map-h">
        <span className="label">On the map</span>
        <Segmented label="Side of the change" value={side} options={SIDES} onChange={setSide} />
      </div>
      <LazyWorldMap map={previewMap(base, preview, side)} />
      <p className="sr" role="status">
        {sideWords(preview, side)}
      </p>
      <p className="hint">Configured, not measured. Lines that this shift moves are marked on both sides.</p>
    </section>
  );
}

/** The overview's map with what DNS is told, or would be, in place of what is measured. */
export function previewMap(base: ComposerModel['map'], preview: Preview, side: Side): MapModel {
  return {
    ...base,
    figures: 'configured',
    flows: preview.flows[side],
    regions: base.regions.map((region) => {
      const effect = preview.regions.find((candidate) => candidate.region === region.code);
      const [share, requests] =
        effect === undefined
          ? [null, null]
          : side === 'before'
            ? [effect.shareBefore, effect.requestsBefore]
            : [effect.shareAfter, effect.requestsAfter];
      return {
        ...region,
        href: null,
        share: { ...region.share, value: share },
        requests: { ...region.requests, value: requests },
      };
    }),
  };
}

function sideWords({ regions }: Preview, side: Side): string {
  const shares = regions.map(
    ({ region, shareBefore, shareAfter }) =>
      `${region} ${formatShare(side === 'before' ? shareBefore : shareAfter)}${NBSP}%`,
  );
  return `${side === 'before' ? 'Before' : 'After'}: ${shares.join(', ')}.`;
}
