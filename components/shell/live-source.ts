import { routes } from '#lib/routes.ts';

interface LiveEvents {
  beat(): void;
  change(topic: string): void;
  lost(): void;
}

interface LiveSource {
  /** Opens the stream anew when it is lost or silent. */
  reopen(): void;
  close(): void;
}

type WorkerMessage = { type: 'beat' } | { type: 'change'; topic: string } | { type: 'lost' };

const RETRY_MS = 3_000;

/** The stream of changes: one for all tabs where the browser has shared workers, else one of this tab's own. */
export function openLiveSource(events: LiveEvents): LiveSource {
  return typeof SharedWorker === 'undefined' ? ownStream(events) : sharedStream(events);
}

function sharedStream(events: LiveEvents): LiveSource {
  const { port } = new SharedWorker('/live-worker.js', { name: 'meridian-live' });
  const say = (word: 'join' | 'leave' | 'reopen') => port.postMessage(word);
  port.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.type === 'change') events.change(data.topic);
    else events[data.type]();
  };
  const leave = () => say('leave');
  // A page that the browser kept comes back with its old port.
  const comeBack = ({ persisted }: PageTransitionEvent) => persisted && say('join');
  addEventListener('pagehide', leave);
  addEventListener('pageshow', comeBack);
  say('join');
  return {
    reopen: () => say('reopen'),
    close() {
      removeEventListener('pagehide', leave);
      removeEventListener('pageshow', comeBack);
      leave();
      port.close();
    },
  };
}

function ownStream(events: LiveEvents): LiveSource {
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    clearTimeout(retry);
    source?.close();
    source = new EventSource(routes.api.events());
    source.addEventListener('beat', () => events.beat());
    source.addEventListener('reset', () => events.change('reset'));
    source.addEventListener('change', (event) => {
      const { topic } = JSON.parse(event.data) as { topic: string };
      events.change(topic);
    });
    source.addEventListener('error', () => {
      events.lost();
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    });
  };
  open();
  return {
    reopen: open,
    close() {
      clearTimeout(retry);
      source.close();
    },
  };
}
