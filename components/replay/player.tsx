'use client';

import { useEffect } from 'react';
import { WorldMap } from '#components/map/world-map.tsx';
import { Button } from '#components/ui/button.tsx';
import { formatClock, formatUtcTime } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import { Note } from '#components/ui/note.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { frameAt, mapAt, nextStop, stepsAt } from './frames.ts';
import type { ReplayModel } from './model.ts';
import { RegionsThen } from './regions-then.tsx';
import { StepsThen } from './steps-then.tsx';
import { Timeline } from './timeline.tsx';
import { SPEEDS, usePlayback } from './use-playback.ts';

/** Is a control in focus that uses the key itself? The scrubber does not, and is where the hands are. */
const uses = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('button, a, textarea, select, input:not([type="range"])');

/** Plays, stops, jumps from step to step; everything below stands at the same moment. */
export function Player({ replay, start }: { replay: ReplayModel; start?: number }) {
  const from = replay.times[0] ?? 0;
  const to = replay.times.at(-1) ?? from;
  const playback = usePlayback({ from, to, start: Math.min(to, Math.max(from, start ?? replay.zero)) });
  const { at, playing, seek, speed, setSpeed, toggle } = playback;
  const frame = frameAt(replay.times, at);
  // A number, so that the map is laid out anew once a sample and not with every tick.
  const sampled = replay.times[frame] ?? from;
  const current = stepsAt(replay.steps, at);
  const jump = (direction: 1 | -1) => seek(nextStop(replay, at, direction));
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.key === '[' || event.key === ']') jump(event.key === ']' ? 1 : -1);
      else if (event.key === ' ' && !uses(event.target)) {
        event.preventDefault();
        toggle();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return (
    <>
      <div className="transport">
        <Button onClick={() => jump(-1)} aria-label="To the step before" aria-keyshortcuts="[">
          <Glyph name="back" />
        </Button>
        <Button tone="primary" onClick={toggle} aria-keyshortcuts="Space">
          <Glyph name={playing ? 'pause' : 'play'} />
          {playing ? 'Pause' : 'Play'}
        </Button>
        <Button onClick={() => jump(1)} aria-label="To the next step" aria-keyshortcuts="]">
          <Glyph name="on" />
        </Button>
        <Segmented label="Speed" value={speed} options={SPEEDS} onChange={setSpeed} />
        <span className="moment">
          <b>{signedClock(at - replay.zero)}</b>
          <span className="muted"> of {formatClock(to - replay.zero)}</span>
        </span>
        <span className="soft small">{formatUtcTime(new Date(at * 1000))} UTC</span>
        <span className="doing small">
          {current.length === 0 ? (
            <span className="muted">before the first step</span>
          ) : (
            current.map(({ number, title }) => `${number}. ${title}`).join(' · ')
          )}
        </span>
        <span className="muted small hide-phone">
          <kbd>Space</kbd> plays <kbd>[</kbd> <kbd>]</kbd> steps
        </span>
      </div>
      {replay.gap === null ? null : (
        <div className="replay-gap">
          <Note status="unknown" title="Not everything was seen.">
            {replay.gap}
          </Note>
        </div>
      )}
      <div className="cells replay-top">
        <div className="flat sea">
          <WorldMap map={mapAt(replay, sampled)} />
        </div>
        <div className="stack">
          <section>
            <CellHead
              title="Regions"
              right={<span className="age">as of {formatUtcTime(new Date(at * 1000))}</span>}
            />
            <RegionsThen regions={replay.regions} at={at} frame={frame} />
          </section>
          <section>
            <CellHead title="Steps" />
            <StepsThen steps={replay.steps} at={at} onSeek={seek} />
          </section>
        </div>
      </div>
      <Timeline replay={replay} at={at} frame={frame} onSeek={seek} />
    </>
  );
}

/** "−0:31" before 0:00. */
function signedClock(seconds: number): string {
  return seconds < 0 ? `\u2212${formatClock(-seconds)}` : formatClock(seconds);
}

const GLYPHS = {
  play: 'M2 1v8l7-4z',
  pause: 'M1.5 1h2.6v8H1.5zM5.9 1h2.6v8H5.9z',
  back: 'M1.2 1h1.4v8H1.2zM9 1v8L3 5z',
  on: 'M7.4 1h1.4v8H7.4zM1 1v8l6-4z',
} as const;

function Glyph({ name }: { name: keyof typeof GLYPHS }) {
  return (
    <svg className="sh" viewBox="0 0 10 10" aria-hidden="true">
      <path d={GLYPHS[name]} fill="currentColor" />
    </svg>
  );
}
