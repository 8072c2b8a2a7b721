import { connect, createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** An echo server and its client in a thread of their own, so that they answer while the main loop does not. */
const PINGS = 6;

const server = createServer((peer) => peer.pipe(peer));
server.listen(0, '127.0.0.1', () => parentPort?.postMessage(server.address()));

parentPort?.on('message', ({ host, port }: { host: string; port: number }) => {
  const socket = connect({ host, port, noDelay: true });
  const times: number[] = [];
  let sentAt = performance.now();
  const ping = () => {
    sentAt = performance.now();
    socket.write('x');
  };
  socket.on('data', () => {
    times.push(performance.now() - sentAt);
    if (times.length < PINGS) ping();
    else parentPort?.postMessage(times);
  });
  ping();
});
