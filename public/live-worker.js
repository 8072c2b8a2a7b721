// One event stream for all tabs of a browser: over HTTP/1.1 a browser opens six connections to a host, so six tabs
// with a stream each would leave none to load a page with. Tabs say `join`, `leave` and `reopen`; they hear
// { type: 'beat' }, { type: 'change', topic } and { type: 'lost' }.
const RETRY_MS = 3_000;
const FRESH_MS = 15_000;

const tabs = new Set();
let source;
let retry;
let heardMs = 0;

const tell = (message) => {
  for (const tab of tabs) tab.postMessage(message);
};

const heard = (message) => {
  heardMs = Date.now();
  tell(message);
};

const close = () => {
  clearTimeout(retry);
  source?.close();
  source = undefined;
};

const open = () => {
  close();
  source = new EventSource('/api/v1/events');
  source.addEventListener('beat', () => heard({ type: 'beat' }));
  source.addEventListener('reset', () => heard({ type: 'change', topic: 'reset' }));
  source.addEventListener('change', (event) =>
    heard({ type: 'change', topic: JSON.parse(event.data).topic }),
  );
  source.addEventListener('error', () => {
    tell({ type: 'lost' });
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
  });
};

self.addEventListener('connect', ({ ports: [tab] }) => {
  tab.addEventListener('message', ({ data }) => {
    if (data === 'leave') {
      tabs.delete(tab);
      if (tabs.size === 0) close();
      return;
    }
    tabs.add(tab);
    const fresh = source?.readyState === EventSource.OPEN && Date.now() - heardMs < FRESH_MS;
    if (fresh) tab.postMessage({ type: 'beat' });
    else if (data === 'reopen' || !source) open();
  });
  tab.start();
});
