import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { switchBucketOf } from '#lib/domain/estate/estate.ts';
import type { RecoveryPort } from '../../ports/recovery.ts';
import { isRefusal } from '../../ports/refusal.ts';
import type { CallOptions, PortContext } from './port-context.ts';

/** What a switch's object says, and what its health check looks for. */
export const OFF = 'off';

/** A switch: the object that takes the Region out of DNS, by the health checks on it (DECISIONS "The data-plane switch"). */
export function switchKey(region: string): string {
  return `serve/${region}`;
}

export function switchCalls(context: PortContext): Pick<RecoveryPort, 'readSwitch' | 'setSwitch'> {
  const { reading, changing } = context;
  const objectOf = (inRegion: string, region: string) => ({
    Bucket: switchBucketOf(context.estate, context.regionOf(inRegion)),
    Key: switchKey(region),
  });

  async function read(inRegion: string, region: string, options: CallOptions): Promise<'on' | 'off'> {
    try {
      const { Body } = await reading
        .s3(inRegion)
        .send(new GetObjectCommand(objectOf(inRegion, region)), options);
      // As the health check does: it looks for the word, not for the whole body.
      return (await Body?.transformToString())?.includes(OFF) ? 'off' : 'on';
    } catch (error) {
      if (isRefusal(error, 'NoSuchKey')) return 'on';
      throw error;
    }
  }

  return {
    readSwitch: (inRegion, region) =>
      context.read(`S3 GetObject of the switch of ${region} in ${inRegion}`, (options) =>
        read(inRegion, region, options),
      ),
    setSwitch: (inRegion, region, to) =>
      context.change(`S3 switch of ${region} in ${inRegion} to ${to}`, inRegion, async (options) => {
        const object = objectOf(inRegion, region);
        const s3 = changing.s3(inRegion);
        if (to === 'on') await s3.send(new DeleteObjectCommand(object), options);
        else {
          await s3.send(
            new PutObjectCommand({
              ...object,
              Body: OFF,
              ContentType: 'text/plain',
              CacheControl: 'no-store',
            }),
            options,
          );
        }
      }),
  };
}
