import dgram from 'node:dgram';
import dnsPacket from 'dns-packet';

/** A name server over UDP that answers one name by the client's subnet. */
export interface TinyDns {
  host: string;
  port: number;
  /** Client subnets that asked, in order. */
  asked: { subnet: string; atMs: number }[];
  close(): Promise<void>;
}

/** `pick` gets the client's subnet (`10.70.1.0`) and gives the address to answer, or undefined for no data. */
export async function startTinyDns(options: {
  name: string;
  ttlSeconds: number;
  pick: (subnet: string) => string | undefined;
}): Promise<TinyDns> {
  const socket = dgram.createSocket('udp4');
  const asked: TinyDns['asked'] = [];
  socket.on('message', (message, peer) => {
    const query = dnsPacket.decode(message);
    const [question] = query.questions ?? [];
    const option = query.additionals
      ?.flatMap((extra) => (extra.type === 'OPT' ? extra.options : []))
      .find((each) => each.code === 8);
    const subnet = option && 'ip' in option ? (option.ip ?? '') : '';
    asked.push({ subnet, atMs: Date.now() });
    const address = question?.name === options.name ? options.pick(subnet) : undefined;
    const reply = dnsPacket.encode({
      type: 'response',
      id: query.id,
      flags: dnsPacket.AUTHORITATIVE_ANSWER,
      questions: query.questions,
      answers: address ? [{ type: 'A', name: options.name, ttl: options.ttlSeconds, data: address }] : [],
    });
    socket.send(reply, peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: socket.address().port,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
