import { CellHead, Cells, DefinitionList } from '#components/ui/layout.tsx';
import { Empty } from '#components/ui/states.tsx';
import { ActList } from './act-list.tsx';
import { FenceSection } from './fence-section.tsx';
import type { NowModel } from './model.ts';
import { RegionNowTable } from './region-now-table.tsx';
import { WitnessTable } from './witness-table.tsx';

/** Each Region as its witnesses see it, and what can be done about the chosen one. */
export function NowTab({ now }: { now: NowModel }) {
  const { acts, fences, regions, witnesses } = now;
  return (
    <Cells columns="minmax(0,1fr) 404px">
      <div className="flat">
        <CellHead padded title="Regions" note="choose one to see what can be done about it" />
        {regions.length === 0 ? (
          <div className="pad">
            <Empty title="No Region was observed yet.">
              The first cycle takes a few seconds; until then nothing is known, and unknown is not safe.
            </Empty>
          </div>
        ) : (
          <>
            <RegionNowTable regions={regions} />
            <div className="topline">
              <CellHead padded title="Seen by" note={witnesses.rule} />
              <WitnessTable witnesses={witnesses} />
            </div>
            <div className="topline pad">
              <CellHead title="How a loss is detected" />
              <DefinitionList items={now.detection} />
            </div>
          </>
        )}
      </div>
      <div className="stack">
        <section>
          <CellHead title={acts.region === '' ? 'What can be done' : `What can be done, ${acts.region}`} />
          <ActList acts={acts.items} />
        </section>
        {fences.map((fence) => (
          <FenceSection key={fence.id} fence={fence} />
        ))}
      </div>
    </Cells>
  );
}
