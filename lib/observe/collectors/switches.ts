import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { switchBucketOf } from '#lib/domain/estate/estate.ts';
import { allPages } from '../../adapters/aws/pages.ts';
import { OFF, switchKey } from '../../adapters/aws/switch.ts';
import { isRefusal } from '../../ports/refusal.ts';
import { regionOf } from '../collector.ts';
import { regional } from './regional.ts';

/** As much of an object as a health check looks at (Route 53 Developer Guide, `SearchString`: the first 5,120 bytes). */
const SEARCHED = 'bytes=0-5119';

/** The Regions that an object in this Region's switch bucket takes out of DNS: one that says so, as its health check reads it. */
export const switches = regional({
  service: 's3',
  kind: 'switch',
  read: async (context) => {
    const region = regionOf(context);
    const bucket = switchBucketOf(context.estate, region);
    const s3 = context.clients.s3(region.code);
    const objects = await allPages((ContinuationToken) =>
      s3
        .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: switchKey(''), ContinuationToken }))
        .then((page) => ({ items: page.Contents, next: page.NextContinuationToken })),
    );
    const keys = new Set(objects.map(({ Key }) => Key));
    const off: string[] = [];
    for (const { code } of context.estate.regions) {
      if (keys.has(switchKey(code)) && (await saysOff(s3, bucket, switchKey(code)))) off.push(code);
    }
    return { bucket, off };
  },
});

async function saysOff(s3: S3Client, bucket: string, key: string): Promise<boolean> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: SEARCHED }));
    return (await Body?.transformToString())?.includes(OFF) ?? false;
  } catch (error) {
    // Taken away since it was listed, or empty: nothing in it to be found either way.
    if (isRefusal(error, 'NoSuchKey') || isRefusal(error, 'InvalidRange')) return false;
    throw error;
  }
}
