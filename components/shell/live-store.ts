/** What the page knows about the event stream. The stream's client reports here; the pill and the pages read. */
export interface LiveState {
  status: 'connecting' | 'live' | 'lost';
  /** Browser time of the last event or heartbeat, ms; null before the first. */
  lastEventMs: number | null;
}

let state: LiveState = { status: 'connecting', lastEventMs: null };
let reconnect: () => void = () => undefined;
const listeners = new Set<() => void>();

function publish(next: LiveState) {
  state = next;
  for (const listener of listeners) listener();
}

export const liveStore = {
  read: () => state,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  /** An event or a heartbeat arrived. */
  heard: () => publish({ status: 'live', lastEventMs: Date.now() }),
  /** The stream ended or fell silent. */
  lost: () => publish({ ...state, status: 'lost' }),
  connecting: () => publish({ ...state, status: 'connecting' }),
  /** How the Reconnect button opens the stream again. */
  onReconnect: (open: () => void) => {
    reconnect = open;
  },
  reconnect: () => reconnect(),
};
