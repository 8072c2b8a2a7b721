import { act, cleanup, fireEvent, render, renderHook, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { REPLAY_START, replay } from '#components/gallery/fixtures/replay.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { Player } from './player.tsx';
import { StepsThen } from './steps-then.tsx';
import { Timeline } from './timeline.tsx';
import { usePlayback } from './use-playback.ts';

afterEach(cleanup);

describe('usePlayback', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const play = (start: number) => renderHook(() => usePlayback({ from: 0, to: 20, start })).result;
  const pass = (ms: number) => act(() => vi.advanceTimersByTime(ms));

  test('it stands until it is told to play, then goes on at its speed', () => {
    const playback = play(2);
    pass(1000);
    expect(playback.current.at).toBe(2);
    act(() => playback.current.toggle());
    pass(1000);
    expect(playback.current.at).toBeCloseTo(6);
    act(() => playback.current.setSpeed('1'));
    pass(1000);
    expect(playback.current.at).toBeCloseTo(7);
    act(() => playback.current.toggle());
    pass(1000);
    expect(playback.current.at).toBeCloseTo(7);
  });
  test('it stops at the end, and play begins anew', () => {
    const playback = play(18);
    act(() => playback.current.toggle());
    pass(5000);
    expect(playback.current).toMatchObject({ at: 20, playing: false });
    act(() => playback.current.toggle());
    expect(playback.current).toMatchObject({ at: 0, playing: true });
  });
  test('no moment outside the run can be reached', () => {
    const playback = play(5);
    act(() => playback.current.seek(-7));
    expect(playback.current.at).toBe(0);
    act(() => playback.current.seek(700));
    expect(playback.current.at).toBe(20);
  });
});

test('the scrubber speaks the moment, and moving it seeks', () => {
  const onSeek = vi.fn();
  render(<Timeline replay={replay} at={REPLAY_START} frame={58} onSeek={onSeek} />);
  const scrubber = screen.getByRole('slider', { name: 'Moment of the run' });
  expect(scrubber.getAttribute('aria-valuetext')).toBe('3:56 after the first failed request');
  fireEvent.change(scrubber, { target: { value: String(replay.zero + 100) } });
  expect(onSeek).toHaveBeenCalledWith(replay.zero + 100);
});

test('a step is a place to go to; one that never began is not', () => {
  const onSeek = vi.fn();
  render(<StepsThen steps={replay.steps} at={REPLAY_START} onSeek={onSeek} />);
  fireEvent.click(screen.getByRole('button', { name: /5\. Force us-east-1/ }));
  expect(onSeek).toHaveBeenCalledWith(replay.zero + 141);
  expect(screen.queryByRole('button', { name: /11\. Collect/ })).toBeNull();
});

test('Space plays from the scrubber too, and leaves a button its own press', () => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
  render(
    <ClockProvider at={NOW} frozen>
      <Player replay={replay} />
    </ClockProvider>,
  );
  const playing = () => screen.queryByRole('button', { name: 'Pause' }) !== null;
  fireEvent.keyDown(screen.getByRole('slider', { name: 'Moment of the run' }), { key: ' ' });
  expect(playing()).toBe(true);
  fireEvent.keyDown(document.body, { key: ' ' });
  expect(playing()).toBe(false);
  fireEvent.keyDown(screen.getByRole('button', { name: 'To the next step' }), { key: ' ' });
  expect(playing()).toBe(false);
  vi.unstubAllGlobals();
});
