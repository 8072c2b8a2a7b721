'use client';

import { useEffect, useState } from 'react';

export const SPEEDS = [
  { value: '1', label: '1×' },
  { value: '4', label: '4×' },
  { value: '16', label: '16×' },
  { value: '60', label: '60×' },
] as const;
export type Speed = (typeof SPEEDS)[number]['value'];

const TICK_MS = 100;

interface Playback {
  /** Epoch seconds. */
  at: number;
  playing: boolean;
  speed: Speed;
  seek: (at: number) => void;
  toggle: () => void;
  setSpeed: (speed: Speed) => void;
}

/** A moment between two, that stands, is moved, or plays on; at the end it stops, and play begins anew. */
export function usePlayback({ from, to, start }: { from: number; to: number; start: number }): Playback {
  const [at, setAt] = useState(start);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>('4');
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const passed = ((now - last) / 1000) * Number(speed);
      last = now;
      setAt((before) => Math.min(to, before + passed));
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [playing, speed, to]);
  const ended = at >= to;
  return {
    at,
    playing: playing && !ended,
    speed,
    seek: (moment) => setAt(Math.min(to, Math.max(from, moment))),
    toggle: () => {
      if (ended) setAt(from);
      setPlaying(ended || !playing);
    },
    setSpeed,
  };
}
