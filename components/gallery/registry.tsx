import type { ReactNode } from 'react';
import { OverviewView } from '#components/overview/overview-view.tsx';
import type { AreaKey } from '#components/shell/areas.ts';
import type { ShellModel } from '#components/shell/model.ts';
import { galleryDone } from './actions.ts';
import { auditorShell, idleShell, pausedShell, runningShell } from './fixtures/base.ts';
import { emptyOverview, overview, partialOverview, staleOverview, wideMap } from './fixtures/overview.ts';

interface Specimen {
  /** null: the page stands without the shell. */
  shell: ShellModel | null;
  render: () => ReactNode;
}

interface GalleryView {
  area?: AreaKey;
  states: Readonly<Record<string, Specimen>>;
}

const overviewOf = (shell: ShellModel, model: typeof overview): Specimen => ({
  shell,
  render: () => <OverviewView overview={model} actions={{ stopTheLine: galleryDone }} />,
});

/** Every view in every state it can be in. */
export const GALLERY: Readonly<Record<string, GalleryView>> = {
  overview: {
    area: 'overview',
    states: {
      normal: overviewOf(runningShell, overview),
      idle: overviewOf(idleShell, { ...overview, running: null }),
      paused: overviewOf(pausedShell, overview),
      reader: overviewOf(auditorShell, overview),
      partial: overviewOf(idleShell, partialOverview),
      stale: overviewOf(idleShell, staleOverview),
      empty: overviewOf(idleShell, emptyOverview),
      'eight-regions': overviewOf(runningShell, { ...overview, map: wideMap }),
    },
  },
};
