import { badRequest } from '../fault.ts';
import type { Pod } from '../objects.ts';
import { type Reply, text } from './reply.ts';
import { isTrue } from './request.ts';

interface LogLine {
  atMs: number;
  text: string;
}

export interface LogStore {
  append(namespace: string, pod: string, line: string): void;
  lines(namespace: string, pod: string): readonly LogLine[];
  follow(namespace: string, pod: string, listener: (line: LogLine) => void): () => void;
  forget(namespace: string, pod: string): void;
  clear(): void;
}

const KEPT_LINES = 200;

/** The last lines that each pod wrote; not kept over a restart of the lab. */
export function createLogStore(now: () => number): LogStore {
  const logs = new Map<string, LogLine[]>();
  const listeners = new Map<string, Set<(line: LogLine) => void>>();
  const key = (namespace: string, pod: string) => `${namespace}/${pod}`;
  return {
    append(namespace, pod, content) {
      const id = key(namespace, pod);
      const lines = logs.get(id) ?? [];
      const line = { atMs: now(), text: content };
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      logs.set(id, lines);
      for (const listener of listeners.get(id) ?? []) listener(line);
    },
    lines: (namespace, pod) => logs.get(key(namespace, pod)) ?? [],
    follow(namespace, pod, listener) {
      const id = key(namespace, pod);
      const set = listeners.get(id) ?? new Set();
      listeners.set(id, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(id);
      };
    },
    forget: (namespace, pod) => void logs.delete(key(namespace, pod)),
    clear: () => logs.clear(),
  };
}

/** `kubectl logs`: tailLines, sinceSeconds, timestamps, follow. */
export function readLogs(logs: LogStore, pod: Pod, query: URLSearchParams, nowMs: number): Reply {
  const { name, namespace = '' } = pod.metadata;
  const names = pod.spec.containers.map((container) => container.name);
  const container = query.get('container');
  if (container && !names.includes(container)) {
    throw badRequest(`container ${container} is not valid for pod ${name}; it has ${names.join(', ')}`);
  }
  const status = pod.status?.containerStatuses?.find((one) => one.name === (container ?? names[0]));
  const waiting = status?.state.waiting;
  if (waiting && status.restartCount === 0) {
    throw badRequest(
      `container "${status.name}" in pod "${name}" is waiting to start: ${waiting.message ?? waiting.reason}`,
    );
  }
  const stamped = isTrue(query.get('timestamps'));
  const print = (line: LogLine) => `${stamped ? `${new Date(line.atMs).toISOString()} ` : ''}${line.text}\n`;
  const since = query.has('sinceSeconds') ? nowMs - count(query, 'sinceSeconds') * 1000 : 0;
  const recent = logs.lines(namespace, name).filter((line) => line.atMs >= since);
  const tail = query.has('tailLines') ? count(query, 'tailLines') : recent.length;
  const shown = tail === 0 ? [] : recent.slice(-tail);
  if (!isTrue(query.get('follow'))) return text(200, shown.map(print).join(''));
  return {
    type: 'stream',
    contentType: 'text/plain',
    open(sink) {
      for (const line of shown) sink.write(print(line));
      return logs.follow(namespace, name, (line) => sink.write(print(line)));
    },
  };
}

function count(query: URLSearchParams, name: string): number {
  const value = query.get(name) ?? '';
  if (!/^\d+$/.test(value)) throw badRequest(`${name} must be a whole number, not "${value}"`);
  return Number(value);
}
